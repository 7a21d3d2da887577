import type { Gateway } from '../../gateway/gateway.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { HttpContext } from '../../http/context.ts';
import { applyRoute } from '../apply-route.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { passAttempt } from '../passthrough.ts';
import { readModels } from '../read-models.ts';
import { runRequest } from '../run-request.ts';
import { setModel } from '../set-model.ts';
import { countTokenIds } from './count-token-ids.ts';
import { findOpenAiEndpoint } from './find-openai-endpoint.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { parseOpenAiChatOptions } from './parse-openai-chat-options.ts';
import { readOpenAiBody } from './read-openai-body.ts';

/** `POST /v1/embeddings` and Azure's path for it, as OpenAI's, for every provider that has them. */
export function openAiEmbeddings(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readOpenAiBody(context, { takesModels: true });
    const { model } = parseOpenAiChatOptions(body);
    const reductionHint = 'send less input';
    const models = readModels(context, gateway, body, model);
    const requested = {
      source: 'sync' as const,
      reductionHint,
      models,
      ...gateway.registry.parseModel(model, context.get('principal')),
    };
    const request = createGatewayRequest(context, { ...requested, needsOneModel: true }, body);
    return await runRequest(context, gateway, { request, body }, async (targeted) => {
      const { target } = targeted;
      const routed = applyRoute({ text, body }, targeted, {});
      const endpoint = findOpenAiEndpoint(target, 'embeddings', {
        feature: 'embeddings',
        fix: 'use a model of OpenAI, of a compatible provider, or of Ollama',
      });
      return await passAttempt(context, gateway, {
        ...targeted,
        protocol: openAiProtocol,
        endpoint,
        body: setModel(routed.text, routed.body, target.model),
        stream: false,
        stripUsageChunk: false,
        size: () => ({
          input: countTokenIds(body.input) ?? readPrompt(body, text),
          maxOutput: 0,
          separateInputs: Array.isArray(body.input) ? body.input.length : 1,
          unpriced: hasUnlistedPrice(body, text),
        }),
      });
    });
  };
}
