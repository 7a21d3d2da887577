import { z } from 'zod';

/** Parts without text, such as images, count as nothing. */
const contentSchema = z
  .union([z.string(), z.array(z.object({ text: z.string().optional() }))])
  .nullish()
  .transform((content) => (Array.isArray(content) ? content.map((part) => part.text ?? '').join('') : (content ?? '')));

const chatSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: contentSchema })),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  stop: z.union([z.string().transform((sequence) => [sequence]), z.array(z.string())]).nullish(),
  n: z.literal(1).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
});

/** What Stub would leave out of its reply without a word, and so refuses. */
const unsupported = ['tools', 'tool_choice', 'functions', 'function_call', 'response_format'];

/** What Stub reads of a Chat Completions request. */
export interface StubRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** Reads a request's body; a string says what is wrong with it. */
export function readStubRequest(body: string): StubRequest | string {
  const parsed = chatSchema.safeParse(parseJson(body));
  if (!parsed.success) return `${parsed.error.issues[0]?.path.join('.') || 'The body'} is not what Stub can read.`;
  const { data } = parsed;
  const asked = unsupported.find((name) => (data[name] ?? null) !== null);
  if (asked !== undefined) return `Stub has no ${asked}: it answers with text only. Leave the parameter out.`;
  if (data.messages.length === 0) return 'messages is empty.';
  return {
    model: data.model,
    messages: data.messages.map(({ role, content }) => ({ role, text: content })),
    maxTokens: data.max_tokens ?? data.max_completion_tokens ?? undefined,
    stop: (data.stop ?? []).filter((sequence) => sequence !== ''),
    stream: data.stream ?? false,
    includeUsage: data.stream_options?.include_usage ?? false,
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
