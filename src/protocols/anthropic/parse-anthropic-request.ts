import * as z from 'zod';
import type { ChatRequest } from '../../domain/request.ts';
import { chatRequestFields } from '../../gateway/chat-request-fields.ts';
import { parseWithSchema } from '../../lib/parse-with-schema.ts';
import { systemContent } from './anthropic-content-schemas.ts';
import { anthropicOnly, ignoredCacheControl } from './anthropic-field-schemas.ts';
import { listOf } from './anthropic-list-schemas.ts';
import { messageSchema, parseAnthropicMessages } from './parse-anthropic-messages.ts';
import { outputFields, parseAnthropicOutputFields } from './parse-anthropic-output-fields.ts';
import { parseAnthropicTools, toolFields } from './parse-anthropic-tools.ts';

/** What a message and the counting of its tokens have in common. A field that is null is one that is not there. */
const promptFields = {
  /** Has been read already, for it says which provider is called. */
  model: z.unknown().optional(),
  messages: listOf(messageSchema, 'must be a list of at least one message', 1),
  system: systemContent.nullish(),
  ...toolFields,
  ...outputFields,
  cache_control: ignoredCacheControl,
  context_management: anthropicOnly(),
  speed: z.literal('standard', 'can only be standard for models other than Claude').nullish(),
};

/** The body of `/v1/messages`, as much of it as can be said to any provider. Source: `MessageCreateParams` of the SDK. */
export const messagesSchema = z.strictObject({
  ...promptFields,
  max_tokens: z.int({ error: 'must be a whole number, and is needed' }).min(1),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  stop_sequences: listOf(z.string(), 'must be a list of strings').nullish(),
  stream: z.boolean().nullish(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).nullish(),
  service_tier: z.enum(['auto', 'standard_only'], { error: 'must be auto or standard_only' }).nullish(),
  container: anthropicOnly(),
  inference_geo: anthropicOnly(),
  diagnostics: anthropicOnly(),
  fallbacks: anthropicOnly(),
  compaction: anthropicOnly(),
  thread: anthropicOnly(),
});

export const countTokensSchema = z.strictObject(promptFields);

/**
 * The call of a `/v1/messages` body. Throws `invalid_request` that names each field which is wrong, unknown, or cannot be
 * said to a provider that is not Anthropic's. `cache_control`, wherever it stands, is taken and dropped: it changes no
 * reply, and other providers cache by themselves or not at all.
 */
export function parseAnthropicRequest(body: Readonly<Record<string, unknown>>): Omit<ChatRequest, 'model'> {
  const fields = parseWithSchema(body, messagesSchema);
  return {
    messages: parseAnthropicMessages(fields.system ?? [], fields.messages),
    maxTokens: fields.max_tokens,
    temperature: fields.temperature ?? undefined,
    topP: fields.top_p ?? undefined,
    // 0 chooses from all tokens, as when nothing is said.
    topK: fields.top_k || undefined,
    stop: toStop(fields.stop_sequences),
    userId: fields.metadata?.user_id || undefined,
    ...parseAnthropicTools(fields),
    ...parseAnthropicOutputFields(fields),
  };
}

/** The call of a `/v1/messages/count_tokens` body: a prompt, and none of what bounds a reply. Throws as `toChatCall` does. */
export function parseAnthropicCountTokensRequest(body: Readonly<Record<string, unknown>>): Omit<ChatRequest, 'model'> {
  const fields = parseWithSchema(body, countTokensSchema);
  return {
    messages: parseAnthropicMessages(fields.system ?? [], fields.messages),
    ...parseAnthropicTools(fields),
    ...parseAnthropicOutputFields(fields),
  };
}

/** Empty sequences say nothing. */
function toStop(sequences: readonly string[] | null | undefined): readonly string[] | undefined {
  const stop = sequences?.filter((sequence) => sequence !== '') ?? [];
  return stop.length > 0 ? stop : undefined;
}

export interface MessagesOptions {
  readonly model: string | undefined;
  readonly stream: boolean;
  /** 0 fills Claude's cache and answers nothing. */
  readonly maxTokens: number | undefined;
}

const optionsSchema = z.object({
  model: chatRequestFields.model,
  stream: z.boolean().nullish(),
  max_tokens: z.int().min(0).nullish(),
});

/**
 * The little of a body that has to be known where it is passed on as it came. Looks at nothing else. Throws
 * `invalid_request` naming a field of the wrong type.
 */
export function parseAnthropicOptions(body: Readonly<Record<string, unknown>>): MessagesOptions {
  const { model, stream, max_tokens } = parseWithSchema(body, optionsSchema);
  return { model: model ?? undefined, stream: stream ?? false, maxTokens: max_tokens ?? undefined };
}
