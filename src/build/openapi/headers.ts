import type { OpenApiRegistry } from './components.ts';

/** Response headers and how the document describes them. */
export type HeaderComponents = Readonly<Record<string, { readonly description: string; readonly schema: object }>>;

export const numberSchema = { type: 'integer', minimum: 0 };
export const textSchema = { type: 'string' };

/** On every response, and on every response to a request that has limits. */
const generalHeaders: HeaderComponents = {
  'x-request-id': {
    description:
      "The call's id: the one that was sent as `x-request-id` (1 to 128 of `A-Za-z0-9._-`), else the ledger's own.",
    schema: { ...textSchema, examples: ['req_01K9Z3N4V6T8QW2R5Y7B9D1F3H'] },
  },
  'Server-Timing': {
    description: 'How long the key check, the limits and the provider took, in milliseconds.',
    schema: { ...textSchema, examples: ['auth;dur=1, admit;dur=0, upstream;dur=412'] },
  },
  'RateLimit-Policy': {
    description:
      'The limits of the key or its tenant, whichever is tighter: so many requests and tokens (`q`) in so many seconds (`w`). On calls that have limits.',
    schema: { ...textSchema, examples: ['"requests";q=600;w=60, "tokens";q=100000;w=60'] },
  },
  RateLimit: {
    description: 'What is left of them (`r`), and in how many seconds they are whole again (`t`).',
    schema: { ...textSchema, examples: ['"requests";r=599;t=1, "tokens";r=99820;t=1'] },
  },
};

/** On some responses. */
const situationalHeaders: HeaderComponents = {
  'Retry-After': { description: 'After how many seconds the same call may be made again.', schema: numberSchema },
  'x-should-retry': {
    description: '`false` where the same call made again cannot help.',
    schema: { ...textSchema, enum: ['false'] },
  },
  'Idempotent-Replayed': {
    description: '`true` where this is the first answer to the same `Idempotency-Key`, given again and not billed.',
    schema: { ...textSchema, enum: ['true'] },
  },
  'Preference-Applied': {
    description: 'Which words of `Prefer` were followed.',
    schema: { ...textSchema, examples: ['respond-async, wait=10'] },
  },
  'x-gateway-dropped': {
    description: 'The fields of a translated request that were left out, joined by commas; at most 1 KB of them.',
    schema: { ...textSchema, examples: ['context_management,tools[3].defer_loading'] },
  },
  'x-gateway-adjusted': {
    description:
      'The fields of a translated request that are expressed by other means, or whose value was reduced to what the provider takes.',
    schema: { ...textSchema, examples: ['max_tokens'] },
  },
  'Accept-Encoding': {
    description: 'The content codings that a request body may have.',
    schema: { ...textSchema, enum: ['identity'] },
  },
  'x-gateway-error-source': {
    description: 'Who caused the error: `provider` by its reply or its silence, else `gateway`.',
    schema: { ...textSchema, enum: ['gateway', 'provider'] },
  },
  'x-gateway-upstream-request-id': {
    description: "The provider's own id of the request, where it has sent one.",
    schema: { ...textSchema, examples: ['req_011CSHoEeqs5C35K2UUqR7Fy'] },
  },
  'x-gateway-provider': {
    description: 'The provider that the request went to: the last one of several.',
    schema: { ...textSchema, examples: ['openai'] },
  },
  'x-gateway-model': {
    description: 'The model that was requested of it.',
    schema: { ...textSchema, examples: ['gpt-4o-mini'] },
  },
  'x-gateway-route': {
    description: 'The route that the request named.',
    schema: { ...textSchema, examples: ['fast'] },
  },
  'x-gateway-attempts': {
    description: 'How many times a provider was asked. 0: an earlier reply was sent.',
    schema: { ...numberSchema, examples: [1] },
  },
  'x-gateway-cache': {
    description: 'For a request that opted in to the cache: whether an earlier reply has answered it.',
    schema: { ...textSchema, enum: ['hit', 'miss'] },
  },
  'x-gateway-attempts-detail': {
    description:
      'JSON: the attempts that failed, where all have: `provider`, `model`, `status` (null without an answer), `ms` and `reason`. At most 1 KB of them.',
    schema: {
      ...textSchema,
      examples: ['[{"provider":"openai","model":"gpt-4o-mini","status":500,"ms":12,"reason":"server_error"}]'],
    },
  },
  Location: { description: 'Where the job is.', schema: { ...textSchema, format: 'uri-reference' } },
};

const everywhere = ['x-request-id', 'Server-Timing'];

/** The headers of responses to requests that have limits and go to a provider; protocols add their own. */
export const limitHeaders: readonly string[] = [
  'RateLimit-Policy',
  'RateLimit',
  'x-gateway-upstream-request-id',
  'x-gateway-provider',
  'x-gateway-model',
  'x-gateway-route',
  'x-gateway-attempts',
  'x-gateway-cache',
];

/** The headers of responses to requests that may be translated for a provider of another protocol. */
export const translationHeaders: readonly string[] = ['x-gateway-dropped', 'x-gateway-adjusted'];

/** References to the headers that every response has, and to these. */
export function headerRefs(names: readonly string[] = []): Record<string, { $ref: string }> {
  return Object.fromEntries([...everywhere, ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Writes the headers into the document, those of the protocols included. */
export function registerHeaders(registry: OpenApiRegistry, protocols: readonly HeaderComponents[]): void {
  for (const headers of [generalHeaders, ...protocols, situationalHeaders]) {
    for (const [name, header] of Object.entries(headers)) registry.registerComponent('headers', name, header);
  }
}
