import { invalidFieldError } from '../../domain/errors.ts';
import { estimateInputTokens } from '../../gateway/estimate-input-tokens.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { HttpContext } from '../../http/context.ts';

import { createGatewayRequest } from '../create-gateway-request.ts';
import { passthrough } from '../passthrough.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { setModel } from '../set-model.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { parseOpenAiChatOptions } from './parse-openai-chat-options.ts';

/** `POST /v1/embeddings`, as OpenAI's, for every provider that has them. */
export function openAiEmbeddings(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const { model } = parseOpenAiChatOptions(body);
    const request = createGatewayRequest(context, { source: 'sync', ...gateway.registry.parseModel(model) });
    const target = await gateway.chooseTarget(request);
    const { provider } = target;
    const endpoint = provider.endpoints?.embeddings;
    if (!endpoint) {
      const fix = 'use a model of OpenAI, of a compatible provider, or of Ollama';
      throw invalidFieldError(['model'], `provider "${provider.id}" has no embeddings: ${fix}`);
    }
    return await passthrough(context, gateway, {
      ...request,
      protocol: openAiProtocol,
      target,
      endpoint,
      body: setModel(text, body, target.model),
      stream: false,
      stripUsageChunk: false,
      size: () => ({ input: inputOf(body.input), maxOutput: 0 }),
    });
  };
}

/** Returns the size of the input in tokens: texts are estimated, and token arrays counted. */
function inputOf(input: unknown): number {
  const isTokens = (value: unknown) => Array.isArray(value) && typeof value[0] === 'number';
  if (isTokens(input)) return (input as unknown[]).length;
  if (Array.isArray(input) && input.some(isTokens)) {
    return input.reduce((sum: number, one: unknown) => sum + (Array.isArray(one) ? one.length : 0), 0);
  }
  return estimateInputTokens({ messages: [], system: input });
}
