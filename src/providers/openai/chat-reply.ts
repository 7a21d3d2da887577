import { z } from 'zod';

/** Text, or nothing: null, an empty string and what is no text at all count as nothing. */
const words = z
  .string()
  .nullish()
  .catch(undefined)
  .transform((text) => text || undefined);

/** Some vendors write content as parts, as it stands in requests. */
const contentParts = z
  .array(z.object({ text: words }))
  .transform((parts) => parts.map((part) => part.text ?? '').join(''));

const functionSchema = z.object({
  name: words,
  /** JSON text; some vendors write the object itself. */
  arguments: z
    .union([z.string(), z.looseObject({}).transform((value) => JSON.stringify(value))])
    .optional()
    .catch(undefined),
});

const toolCallSchema = z.object({
  index: z.int().nonnegative().optional().catch(undefined),
  id: words,
  function: functionSchema.optional().catch(undefined),
});

/** A message, or the part of one that a chunk brings. */
const messageSchema = z.object({
  content: z.union([z.string(), contentParts]).optional().catch(undefined),
  refusal: words,
  /** DeepSeek, xAI and others. */
  reasoning_content: words,
  /** OpenRouter, Groq and others. */
  reasoning: words,
  tool_calls: z.array(toolCallSchema).optional().catch(undefined),
  /** What tool calls were before there could be several. */
  function_call: functionSchema.optional().catch(undefined),
});

const choiceSchema = z.object({
  index: z.int().optional().catch(undefined),
  message: messageSchema.optional().catch(undefined),
  delta: messageSchema.optional().catch(undefined),
  finish_reason: words,
});

/**
 * A Chat Completions reply, whole or a chunk of it, of OpenAI or of a vendor that takes liberties: only what is read
 * here, and nothing that is required.
 */
export const chatReplySchema = z.object({
  model: words,
  choices: z.array(choiceSchema).optional().catch(undefined),
  usage: z.unknown().optional(),
  error: z.unknown().optional(),
});

export type ChatReply = z.infer<typeof chatReplySchema>;
export type ChatMessage = z.infer<typeof messageSchema>;
export type ChatToolCall = z.infer<typeof toolCallSchema>;

/** The first choice: the gateway asks for one, and further ones are not its caller's. */
export function firstChoice(reply: ChatReply): z.infer<typeof choiceSchema> | undefined {
  return reply.choices?.find(({ index = 0 }) => index === 0);
}

/** The tool calls of a message, a legacy function call among them. */
export function toolCallsOf({ tool_calls = [], function_call }: ChatMessage): readonly ChatToolCall[] {
  return function_call ? [...tool_calls, { id: undefined, index: undefined, function: function_call }] : tool_calls;
}

/** An id for a call that its vendor gave none. Unique, for conversations are refused where two calls share one. */
export function newToolCallId(): string {
  return `call_${crypto.randomUUID().replaceAll('-', '')}`;
}
