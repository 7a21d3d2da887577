import * as z from 'zod';
import { builtInProviders } from './catalog.ts';
import type { ProviderDescriptor, Quirks } from './descriptor.ts';

/** The names that no compatible provider can have, aliases included. */
export const reservedNames: readonly string[] = builtInProviders.flatMap(({ id, aliases, isOptional }) =>
  isOptional ? [] : [id, ...aliases],
);

const fields = 'name, baseUrl, apiKeyVar, models, includeUsage, requiresDone and responses';
const trueOrFalse = z.boolean({ error: 'must be true or false' });

/** Each error has a text of its own: the library's repeat the value, which may be a key in a wrong place. */
const compatibleProviderSchema = z.strictObject(
  {
    name: z
      .string('must be a string')
      .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be lower-case letters, digits, ".", "_" and "-"')
      .refine((name) => !reservedNames.includes(name), `must not be one of ${reservedNames.join(', ')}`),
    /** As the OpenAI SDK takes it: usually ends in /v1. */
    baseUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
    /** The name of the variable that holds the key; absent for servers that take none. */
    apiKeyVar: z
      .string('must be the name of a variable')
      .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be the name of a variable, such as GROQ_API_KEY, and not the key itself')
      .optional(),
    /** The models that lead here where a request names no provider; the first is the default. */
    models: z
      .array(
        z.string('must be a string').regex(/^[\x20-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters'),
        {
          error: 'must be a list of strings',
        },
      )
      .default([]),
    /** False for servers that refuse `stream_options`. Absent: true, or what the vendor of this name wants. */
    includeUsage: trueOrFalse.optional(),
    /** True: a stream that ends without `[DONE]` was cut off. Else its finish reason and a clean end are enough. */
    requiresDone: trueOrFalse.optional(),
    /** False for servers without /responses: Responses requests are translated to Chat Completions. Absent: not known. */
    responses: trueOrFalse.optional(),
  },
  { error: `must be an object of ${fields}` },
);

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

/**
 * Describes a provider that the configuration adds. One that has the name of a vendor of the catalogue keeps what is specific to
 * that vendor. It is priced where the price list has a vendor of its name.
 */
export function describeCompatibleProvider(provider: CompatibleProvider): ProviderDescriptor {
  const { name, baseUrl, apiKeyVar, models, includeUsage, requiresDone, responses } = provider;
  const vendor = builtInProviders.find(({ id, isOptional }) => isOptional && id === name);
  return {
    id: name,
    aliases: [],
    displayName: name,
    type: 'OPENAI_COMPATIBLE',
    protocol: 'openai',
    baseUrl,
    apiKeyVariables: apiKeyVar === undefined ? [] : [apiKeyVar],
    takesApiKey: true,
    modelPatterns: vendor?.modelPatterns ?? [],
    models,
    defaultModel: models[0] ?? vendor?.defaultModel,
    pricingVendor: vendor ? vendor.pricingVendor : name,
    ...(vendor && { isOptional: true, hasModelList: vendor.hasModelList === true && models.length === 0 }),
    ...(vendor?.privateModels && { privateModels: vendor.privateModels }),
    quirks: {
      ...(vendor?.quirks ?? findContinuityQuirks(name, baseUrl)),
      ...(includeUsage !== undefined && { includeUsage }),
      ...(requiresDone !== undefined && { requiresDone }),
      ...(responses !== undefined && { hasResponses: responses }),
    },
  };
}

/**
 * Returns what a vendor wants back of its own replies, by its name or its host. Sources: api-docs.deepseek.com, "Thinking
 * mode"; platform.kimi.ai, "Use thinking models"; ai.google.dev, "Thought signatures".
 */
function findContinuityQuirks(name: string, baseUrl: string): Quirks {
  const vendor = `${name} ${URL.parse(baseUrl)?.hostname ?? ''}`;
  if (/deepseek|moonshot|kimi/.test(vendor)) return { requiresReasoningContent: true };
  // Before Gemini 3 a signature could be left out.
  if (/google|gemini/.test(vendor)) return { thoughtSignatureModels: /gemini-(?![12][.-])/ };
  return {};
}
