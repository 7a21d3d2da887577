import * as z from 'zod';
import { estimateInputTokens, readChatPrompt } from '../../gateway/estimate-input-tokens.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { HttpContext } from '../../http/context.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { openResponsesOpaqueValues } from './open-responses-opaque-values.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { parseField } from './parse-openai-field.ts';
import { translateOpenAiResponses } from './translate-openai-responses.ts';

const modelSchema = z.object({ model: optionFields.model });

/**
 * `POST /v1/responses/input_tokens`, as OpenAI's: estimates the input tokens of a request, the stored responses that it continues
 * included, and says that it is an estimate. It costs nothing.
 */
export function openAiResponseTokens(gateway: Gateway, responses: ResponseStore) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const model = parseField(body, modelSchema, []).model ?? undefined;
    const request = createGatewayRequest(context, {
      source: 'sync',
      ...gateway.registry.parseModel(model, context.get('principal')),
    });
    const target = await gateway.chooseTarget(request);
    if (target.provider.endpoints?.responses) {
      const plain = await openResponsesOpaqueValues(context, gateway.compactions, { text, body });
      return respond(context, await estimateInputTokens(readPrompt(plain.body, plain.text), target.model));
    }
    const { compactions } = gateway;
    const { chat } = await translateOpenAiResponses(context, responses, { target, compactions, text, body });
    const restored = await gateway.restoreContinuations({ ...request, chat }, target);
    return respond(context, await estimateInputTokens(readChatPrompt(restored), target.model));
  };
}

function respond(context: HttpContext, tokens: number): Response {
  return context.json({ object: 'response.input_tokens', input_tokens: tokens, estimated: true });
}
