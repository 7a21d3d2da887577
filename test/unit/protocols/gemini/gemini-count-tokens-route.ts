import { estimateInputTokens } from '../../../../src/gateway/estimate-input-tokens.ts';
import type { HttpContext } from '../../../../src/http/context.ts';
import { readJsonObject } from '../../../../src/http/read-json-body.ts';

/** `POST /v1beta/models/{model}:countTokens`, as an estimate. */
export async function geminiCountTokens(context: HttpContext): Promise<Response> {
  const { body } = await readJsonObject(context.req);
  return context.json({ totalTokens: estimateInputTokens({ messages: body.contents }) });
}
