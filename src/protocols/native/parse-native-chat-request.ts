import * as z from 'zod';
import { chatRequestFields, listModels, parseChatRequestFields } from '../../gateway/chat-request-fields.ts';
import type { ChatGatewayRequest } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';
import { readJsonBody } from '../../http/read-json-body.ts';
import { parseWithSchema } from '../../lib/parse-with-schema.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { rejectForeignFields } from './foreign-fields.ts';
import { nativeCheckedFields } from './native-checked-fields.ts';

/** The body of the native chat routes. */
export const nativeChatSchema = z.strictObject({
  prompt: z.string().min(1).nullish(),
  ...chatRequestFields,
});

/** Parses a native chat request from its context. Throws `invalid_request` that names the field and the fix. */
export async function parseNativeChatRequest(
  context: HttpContext,
  source: ChatGatewayRequest['source'],
): Promise<ChatGatewayRequest> {
  const { value } = await readJsonBody(context.req, nativeCheckedFields);
  rejectForeignFields(value);
  const body = parseWithSchema(value, nativeChatSchema);
  const model = body.model ?? undefined;
  const models = listModels(body);
  const target = { source, provider: body.provider ?? undefined, model, models };
  return { ...createGatewayRequest(context, target), chat: parseChatRequestFields(body) };
}
