import { GatewayError } from '../../../core/errors.ts';
import type { GatewayDependencies } from '../../../gateway/call-request.ts';
import { estimateInput } from '../../../gateway/call-size.ts';
import { chooseProvider } from '../../../gateway/choose-provider.ts';
import type { HttpContext } from '../../context.ts';
import { passOn } from '../../forwarded.ts';
import { gatewayRequest } from '../../gateway-request.ts';
import { readChatOptions } from '../../openai/chat-options.ts';
import { readJsonObject } from '../../parse-json.ts';
import { withModel } from './messages.ts';

/** `POST /v1/embeddings`, as OpenAI's, for every provider that has them. */
export function embeddings(gateway: GatewayDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readJsonObject(context.req);
    const { model } = readChatOptions(body);
    const request = gatewayRequest(context, { source: 'sync', ...gateway.registry.parseModel(model) });
    const chosen = await chooseProvider(gateway, request);
    const { provider } = chosen;
    const endpoint = provider.endpoints?.embeddings;
    if (!endpoint) {
      const fix = 'use a model of OpenAI, of a compatible provider, or of Ollama';
      throw new GatewayError('invalid_request', `model: provider "${provider.id}" has no embeddings: ${fix}.`);
    }
    return await passOn(context, gateway, {
      ...request,
      chosen,
      endpoint,
      body: withModel(text, body, chosen.model),
      stream: false,
      hidesUsage: false,
      failure: () => '',
      size: () => ({ input: inputOf(body.input), maxOutput: 0 }),
    });
  };
}

/** Texts, or tokens that somebody has made of them already. */
function inputOf(input: unknown): number {
  const isTokens = (value: unknown) => Array.isArray(value) && typeof value[0] === 'number';
  if (isTokens(input)) return (input as unknown[]).length;
  if (Array.isArray(input) && input.some(isTokens)) {
    return input.reduce((sum: number, one: unknown) => sum + (Array.isArray(one) ? one.length : 0), 0);
  }
  return estimateInput({ messages: [], system: input });
}
