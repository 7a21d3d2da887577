import { estimateInputTokens } from '../../../../src/gateway/estimate-input-tokens.ts';
import type { HttpContext } from '../../../../src/http/context.ts';
import { readJsonObject } from '../../../../src/http/read-json-body.ts';

/** `POST /model/{model}/count-tokens`, as an estimate. */
export async function bedrockCountTokens(context: HttpContext): Promise<Response> {
  const { body, text } = await readJsonObject(context.req);
  const prompt = { content: [body.input], data: [], json: text };
  return context.json({ inputTokens: await estimateInputTokens(prompt, context.req.param('model') ?? '') });
}
