import type { ChatGatewayRequest } from './gateway-request.ts';
import type { TargetedRequest } from './run-route.ts';

/** Returns a chat request for the target of an attempt, with those params of the target that the client has not set. */
export function targetChatRequest(request: ChatGatewayRequest, targeted: TargetedRequest): ChatGatewayRequest {
  const { takesOpaqueValues } = request;
  const params = targeted.series?.params;
  if (!params) return { ...targeted, chat: request.chat, takesOpaqueValues };
  const unset = Object.entries(params).filter(([name]) => Reflect.get(request.chat, name) === undefined);
  const chat = { ...request.chat, ...Object.fromEntries(unset) };
  const stop = typeof chat.stop === 'string' ? [chat.stop] : chat.stop;
  return { ...targeted, chat: { ...chat, stop }, takesOpaqueValues };
}
