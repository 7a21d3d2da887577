import * as z from 'zod';
import { parseField } from './parse-openai-field.ts';

/** The fields of a Chat Completions request that route it. */
export interface ChatOptions {
  /** As the caller wrote it, maybe with a `provider/` before it. */
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Whether the caller wants the chunk with the token counts at the end of a stream. */
  readonly includeUsage: boolean;
  /** The bound of the output; of two different ones the larger. */
  readonly maxTokens: number | undefined;
  /** Whether the caller speaks of `functions`, and so reads `function_call` instead of `tool_calls` in the reply. */
  readonly legacyFunctions: boolean;
  /** How many replies are asked for at once. */
  readonly replies: number;
}

const maxTokens = z.int().min(1).nullish();

/** A model's name goes to logs, headers and columns. */
export const optionFields = {
  model: z
    .string()
    .regex(/^[\x20-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters')
    .nullish(),
  stream: z.boolean().nullish(),
  max_tokens: maxTokens,
  max_completion_tokens: maxTokens,
};

const optionsSchema = z.object({
  ...optionFields,
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.int().min(1).max(128).nullish(),
});

/** Reads those fields alone, and leaves the rest of the body unseen. Throws `invalid_request` that names the field. */
export function parseOpenAiChatOptions(body: Readonly<Record<string, unknown>>): ChatOptions {
  const { model, stream, stream_options, n, max_tokens, max_completion_tokens } = parseField(body, optionsSchema, []);
  const bounds = [max_tokens, max_completion_tokens].filter((bound) => typeof bound === 'number');
  return {
    model: model ?? undefined,
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    maxTokens: bounds.length > 0 ? Math.max(...bounds) : undefined,
    replies: n ?? 1,
    legacyFunctions: Array.isArray(body.functions) && body.functions.length > 0,
  };
}
