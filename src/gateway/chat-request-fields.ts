import * as z from 'zod';
import { invalidFieldError } from '../domain/errors.ts';
import type { ChatRequest, Message } from '../domain/request.ts';

const messageSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant'], { error: 'must be system, user or assistant' }),
  content: z.string({
    error: ({ input }) =>
      input === undefined ? undefined : 'must be a string: send images and tools to POST /v1/chat/completions',
  }),
});

/** A model's name goes to logs, headers and columns. */
const modelSchema = z
  .string()
  .max(256)
  .regex(/^[\x20-\x7e]+$/, 'must be 1 to 256 printable ASCII characters');

const stopSchema = z.string().min(1);

/**
 * A list that is measured before any of its entries is looked at: a body of 10 MiB has room for millions of wrong ones, and
 * a report on each of them would take all the memory of the isolate.
 */
function listOf<T extends z.ZodType>(entry: T, { min, max }: { min: number; max: number }, error: string) {
  const isMeasured = (value: unknown) => Array.isArray(value) && value.length >= min && value.length <= max;
  return z.custom<z.input<T>[]>(isMeasured, error).pipe(z.array(entry));
}

/** What a call may say beside its prompt. A field that is null is one that is not there. */
export const chatRequestFields = {
  messages: listOf(messageSchema, { min: 1, max: 10_000 }, 'must be a list of 1 to 10000 messages').nullish(),
  provider: z.string().min(1).max(64).nullish(),
  model: modelSchema.nullish(),
  models: listOf(modelSchema, { min: 1, max: 5 }, 'must be a list of 1 to 5 names of models').nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  maxTokens: z.int().min(1).nullish(),
  stop: z
    .union([stopSchema, listOf(stopSchema, { min: 0, max: 16 }, 'must be a list of up to 16')], {
      error: 'must be a string, or a list of up to 16, none of them empty',
    })
    .nullish(),
};

type CallBody = z.infer<z.ZodObject<typeof chatRequestFields>> & { readonly prompt?: string | null | undefined };

/** The call of a body. Throws `invalid_request` unless it has either a prompt or messages. */
export function parseChatRequestFields(body: CallBody): Omit<ChatRequest, 'model'> {
  const { temperature, topP, maxTokens, stop } = body;
  return {
    messages: readMessages(body),
    temperature: temperature ?? undefined,
    topP: topP ?? undefined,
    maxTokens: maxTokens ?? undefined,
    stop: typeof stop === 'string' ? [stop] : stop?.length ? stop : undefined,
  };
}

/**
 * Returns the models that a body lists, `model` first; undefined where it lists none. Throws `invalid_request` where it names a provider
 * beside them.
 */
export function listModels({
  provider,
  model,
  models,
}: Pick<CallBody, 'provider' | 'model' | 'models'>): readonly string[] | undefined {
  if (models == null) return undefined;
  if (provider != null) {
    const fix = 'name the provider before each model, such as openai/gpt-4o-mini';
    throw invalidFieldError(['provider'], `must be left out beside models: ${fix}`);
  }
  return [...new Set(model == null ? models : [model, ...models])];
}

function readMessages({ prompt, messages }: CallBody): Message[] {
  if (prompt != null && messages == null) return [{ role: 'user', content: [{ type: 'text', text: prompt }] }];
  if (messages != null && prompt == null) {
    return messages.map(({ role, content }) => ({ role, content: [{ type: 'text', text: content }] }));
  }
  const problem = prompt == null ? 'is missing' : 'cannot stand beside messages';
  throw invalidFieldError(['prompt'], `${problem}: send either a prompt, or a list of messages`);
}
