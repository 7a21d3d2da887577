import * as z from 'zod';
import { callFields, toCall } from '../../gateway/chat-request-fields.ts';
import type { CallRequest } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';
import { parseJson } from '../../http/read-json-body.ts';
import { gatewayRequest } from '../create-gateway-request.ts';

/** The body of the house's chat routes. */
export const chatBodySchema = z.strictObject({ prompt: z.string().min(1).nullish(), ...callFields });

/** Reads a house chat request from its context. Throws `invalid_request` that names the field and the fix. */
export async function readChatRequest(context: HttpContext, source: CallRequest['source']): Promise<CallRequest> {
  const body = await parseJson(context.req, chatBodySchema);
  const asked = { source, provider: body.provider ?? undefined, model: body.model ?? undefined };
  return { ...gatewayRequest(context, asked), call: toCall(body) };
}
