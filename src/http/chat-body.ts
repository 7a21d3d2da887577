import { z } from 'zod';
import type { ChatCall, Message } from '../core/call.ts';
import { GatewayError } from '../core/errors.ts';
import type { CallRequest } from '../gateway/call-request.ts';
import { type HttpContext, waitUntilOf } from './context.ts';
import { parseJson } from './parse-json.ts';

const messageSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant'], { error: 'must be system, user or assistant' }),
  content: z.string(),
});

/** A model's name goes to logs, headers and columns. */
const modelSchema = z
  .string()
  .max(256)
  .regex(/^[\x20-\x7e]+$/, 'must be 1 to 256 printable ASCII characters');

const stopSchema = z.string().min(1);

/** The body of the house's chat routes. A field that is null is one that is not there. */
const chatBodySchema = z.strictObject({
  prompt: z.string().min(1).nullish(),
  messages: z.array(messageSchema).min(1).nullish(),
  provider: z.string().min(1).max(64).nullish(),
  model: modelSchema.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  maxTokens: z.int().min(1).nullish(),
  stop: z
    .union([stopSchema, z.array(stopSchema).max(16)], { error: 'must be a string, or a list of up to 16' })
    .nullish(),
});

/** Reads a house chat request from its context. Throws `invalid_request` that names the field and the fix. */
export async function readChatRequest(context: HttpContext, source: CallRequest['source']): Promise<CallRequest> {
  const body = await parseJson(context.req, chatBodySchema);
  return {
    requestId: context.get('requestId'),
    clientRequestId: context.get('clientRequestId'),
    caller: context.get('caller'),
    source,
    provider: body.provider ?? undefined,
    model: body.model ?? undefined,
    call: toCall(body),
    signal: context.get('clientSignal'),
    waitUntil: waitUntilOf(context),
  };
}

function toCall(body: z.infer<typeof chatBodySchema>): Omit<ChatCall, 'model'> {
  const { temperature, topP, maxTokens, stop } = body;
  return {
    messages: readMessages(body),
    temperature: temperature ?? undefined,
    topP: topP ?? undefined,
    maxTokens: maxTokens ?? undefined,
    stop: typeof stop === 'string' ? [stop] : stop?.length ? stop : undefined,
  };
}

function readMessages({ prompt, messages }: z.infer<typeof chatBodySchema>): Message[] {
  if (prompt != null && messages == null) return [{ role: 'user', content: [{ type: 'text', text: prompt }] }];
  if (messages != null && prompt == null) {
    return messages.map(({ role, content }) => ({ role, content: [{ type: 'text', text: content }] }));
  }
  const fault = prompt == null ? 'one of prompt and messages is needed' : 'prompt and messages exclude each other';
  throw new GatewayError('invalid_request', `${fault}: send either a prompt, or a list of messages.`);
}
