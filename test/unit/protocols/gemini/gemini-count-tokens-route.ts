import { estimateInputTokens } from '../../../../src/gateway/estimate-input-tokens.ts';
import type { HttpContext } from '../../../../src/http/context.ts';
import { readJsonObject } from '../../../../src/http/read-json-body.ts';

/** `POST /v1beta/models/{model}:countTokens`, as an estimate. */
export async function geminiCountTokens(context: HttpContext): Promise<Response> {
  const { body, text } = await readJsonObject(context.req);
  const prompt = { content: [body.contents], data: [body.tools], json: text };
  return context.json({ totalTokens: await estimateInputTokens(prompt, context.req.param('call') ?? '') });
}
