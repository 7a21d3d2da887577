import * as z from 'zod';
import type { Gateway } from '../../gateway/gateway.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { HttpContext } from '../../http/context.ts';
import type { Endpoint } from '../../providers/provider.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { createGatewayRequest, createReductionHint } from '../create-gateway-request.ts';
import { passthrough } from '../passthrough.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { setModel } from '../set-model.ts';
import { createStoredItems } from './create-stored-items.ts';
import { encodeOpenAiCompaction } from './encode-openai-compaction.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { parseField } from './parse-openai-field.ts';
import { preparePassedResponse } from './prepare-passed-response.ts';
import { requireModel } from './require-model.ts';
import { summarizeConversation, type UncompactedConversation } from './summarize-conversation.ts';

const modelSchema = z.object({ model: optionFields.model });

/**
 * `POST /v1/responses/compact`, as OpenAI's, for any provider: passed through to one that has Responses, else a summary by the model of
 * the request, encrypted for its tenant.
 */
export function openAiCompact(gateway: Gateway, responses: ResponseStore) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const model = requireModel(parseField(body, modelSchema, []).model, 'gpt-5-mini or claude-haiku-4-5');
    const request = createGatewayRequest(
      context,
      {
        source: 'sync',
        reductionHint: createReductionHint(body, ['max_output_tokens']),
        ...gateway.registry.parseModel(model, context.get('principal')),
      },
      body,
    );
    const target = await gateway.chooseTarget(request);
    const conversation = { request, target, text, body };
    const endpoint = target.provider.endpoints?.compactResponses;
    if (endpoint) return await passCompaction(context, gateway, responses, { ...conversation, endpoint });
    const { translated, ...summary } = await summarizeConversation(context, gateway, responses, conversation);
    const idSuffix = request.requestId.slice('req_'.length);
    const items = [...translated.previousItems, ...createStoredItems(translated.body.input, idSuffix)];
    return context.json(encodeOpenAiCompaction({ idSuffix, createdAtMs: gateway.now(), items, ...summary }));
  };
}

async function passCompaction(
  context: HttpContext,
  gateway: Gateway,
  responses: ResponseStore,
  { request, target, text, body, endpoint }: UncompactedConversation & { readonly endpoint: Endpoint },
): Promise<Response> {
  const { tenantId } = request.principal;
  const passed = { responses, tenantId, target, text, body };
  const plain = await preparePassedResponse(context, gateway.compactions, passed);
  return await passthrough(context, gateway, {
    ...request,
    protocol: openAiProtocol,
    target,
    endpoint,
    body: setModel(plain.text, plain.body, target.model),
    stream: false,
    stripUsageChunk: false,
    size: () => ({
      input: readPrompt(plain.body, plain.text),
      maxOutput: undefined,
      unpriced: hasUnlistedPrice(body, text),
    }),
  });
}
