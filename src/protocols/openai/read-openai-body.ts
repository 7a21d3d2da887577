import type { HttpContext } from '../../http/context.ts';
import { setJsonProperties } from '../../lib/edit-json-object.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';

/**
 * Reads the body of an OpenAI request. The deployment in the path of an Azure client is its model, and wins over `model` in the body:
 * Azure ignores that one, and clients send any name in it. Throws as `readPassthroughBody` does.
 */
export async function readOpenAiBody(
  context: HttpContext,
  options?: Parameters<typeof readPassthroughBody>[1],
): ReturnType<typeof readPassthroughBody> {
  const { text, body } = await readPassthroughBody(context, options);
  const model = context.req.param('model');
  if (model === undefined || model === body.model) return { text, body };
  return { text: setJsonProperties(text, { model: JSON.stringify(model) }), body: { ...body, model } };
}
