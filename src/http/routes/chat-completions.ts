import { textOf } from '../../core/call.ts';
import type { GatewayDependencies } from '../../gateway/call-request.ts';
import { complete } from '../../gateway/complete.ts';
import { readChatRequest } from '../chat-body.ts';
import { describeResult } from '../chat-reply.ts';
import type { HttpContext } from '../context.ts';

/** `POST /api/chat/completions`: one call, one whole reply. */
export function chatCompletions(gateway: GatewayDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const request = await readChatRequest(context, 'sync');
    const call = await complete(gateway, request);
    Object.assign(context.get('logged'), { provider: call.provider, model: call.model });
    context.get('timing').upstream = call.upstreamMs;
    return context.json({
      content: textOf(call.content),
      ...describeResult(call, call.provider, call.model),
      ...(call.refusal === undefined ? {} : { refusal: call.refusal }),
    });
  };
}
