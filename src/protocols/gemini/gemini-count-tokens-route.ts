import { estimateInputTokens, readChatPrompt } from '../../gateway/estimate-input-tokens.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { HttpContext } from '../../http/context.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import type { ObjectPolicy } from '../field-policy.ts';
import { parseTranslated, translateFields } from '../translate-fields.ts';
import { geminiPolicy } from './gemini-field-policy.ts';
import { isObject } from './gemini-field-schemas.ts';
import { parseGeminiRequest } from './parse-gemini-request.ts';
import { normalizeGeminiBody, readGeminiBody, readGeminiModel } from './read-gemini-request.ts';

/** The prompt may be a whole request of its own. */
const countTokensPolicy: ObjectPolicy = {
  fields: { ...geminiPolicy.fields, generateContentRequest: 'mapped' },
};

/** `POST /v1beta/models/{model}:countTokens`, as Google's: an estimate, for any provider. */
export function geminiCountTokens(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { generateContentRequest, ...prompt } = await readGeminiBody(context, countTokensPolicy);
    const body = isObject(generateContentRequest) ? normalizeGeminiBody(generateContentRequest, geminiPolicy) : prompt;
    const named = gateway.registry.parseModel(readGeminiModel(context), context.get('principal'));
    const request = createGatewayRequest(context, { source: 'sync', ...named });
    const target = await gateway.chooseTarget(request);
    const { provider, model } = target;
    const { body: fields, report } = translateFields(context, { body, policy: geminiPolicy, provider });
    const { chat } = parseTranslated(report, () => parseGeminiRequest(fields));
    const restored = await gateway.restoreContinuations({ ...request, chat }, target);
    return context.json({ totalTokens: await estimateInputTokens(readChatPrompt(restored), model) });
  };
}
