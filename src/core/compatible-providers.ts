import { z } from 'zod';

const reservedNames = ['openai', 'claude', 'anthropic', 'ollama', 'stub'];

const compatibleProviderSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be lower-case letters, digits, ".", "_" and "-"')
    .refine((name) => !reservedNames.includes(name), `must not be one of ${reservedNames.join(', ')}`),
  /** As the OpenAI SDK takes it: usually ends in /v1. */
  baseUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  /** The name of the variable that holds the key; absent for servers that take none. */
  apiKeyVar: z.string().min(1).optional(),
  /** The models that lead here where a call names no provider; the first is the default. */
  models: z.array(z.string().min(1)).default([]),
  /** False for servers that refuse `stream_options`. */
  includeUsage: z.boolean().default(true),
  /** False for servers that end a stream without `[DONE]`. */
  requiresDone: z.boolean().default(true),
});

export type CompatibleProvider = z.infer<typeof compatibleProviderSchema>;

/** The variable COMPATIBLE_PROVIDERS: a JSON list of servers that speak OpenAI's protocol. */
export const compatibleProvidersSchema = z
  .string()
  .transform((json, context) => {
    try {
      return JSON.parse(json) as unknown;
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'must be a JSON list such as [{"name":"groq","baseUrl":"https://…/v1"}]',
      });
      return z.NEVER;
    }
  })
  .pipe(
    z
      .array(compatibleProviderSchema, { error: 'must be a JSON list of objects' })
      .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'must not name a provider twice'),
  );
