import type { OpenApiRegistry } from './components.ts';

type Header = { readonly description: string; readonly schema: object };

const number = { type: 'integer', minimum: 0 };
const text = { type: 'string' };

/** Every header of a reply that the document speaks of. */
const headers = {
  'x-request-id': {
    description:
      "The call's id: the one that was sent as `x-request-id` (1 to 128 of `A-Za-z0-9._-`), else the ledger's own.",
    schema: { ...text, examples: ['req_01K9Z3N4V6T8QW2R5Y7B9D1F3H'] },
  },
  'Server-Timing': {
    description: 'How long the key check, the limits and the provider took, in milliseconds.',
    schema: { ...text, examples: ['auth;dur=1, admit;dur=0, upstream;dur=412'] },
  },
  'RateLimit-Policy': {
    description:
      'The limits of the key or its tenant, whichever is tighter: so many requests and tokens (`q`) in so many seconds (`w`). On calls that have limits.',
    schema: { ...text, examples: ['"requests";q=600;w=60, "tokens";q=100000;w=60'] },
  },
  RateLimit: {
    description: 'What is left of them (`r`), and in how many seconds they are whole again (`t`).',
    schema: { ...text, examples: ['"requests";r=599;t=1, "tokens";r=99820;t=1'] },
  },
  'x-ratelimit-limit-requests': { description: 'The limit of requests a minute.', schema: number },
  'x-ratelimit-remaining-requests': { description: 'How many of them are left.', schema: number },
  'x-ratelimit-reset-requests': {
    description: 'When the limit of requests is whole again.',
    schema: { ...text, examples: ['1m30s'] },
  },
  'x-ratelimit-limit-tokens': { description: 'The limit of tokens a minute.', schema: number },
  'x-ratelimit-remaining-tokens': { description: 'How many of them are left.', schema: number },
  'x-ratelimit-reset-tokens': {
    description: 'When the limit of tokens is whole again.',
    schema: { ...text, examples: ['6s'] },
  },
  'request-id': { description: "As `x-request-id`, for Anthropic's clients.", schema: text },
  'anthropic-ratelimit-requests-limit': { description: 'The limit of requests a minute.', schema: number },
  'anthropic-ratelimit-requests-remaining': { description: 'How many of them are left.', schema: number },
  'anthropic-ratelimit-requests-reset': {
    description: 'When the limit of requests is whole again.',
    schema: { ...text, format: 'date-time' },
  },
  'anthropic-ratelimit-tokens-limit': { description: 'The limit of tokens a minute.', schema: number },
  'anthropic-ratelimit-tokens-remaining': { description: 'How many of them are left.', schema: number },
  'anthropic-ratelimit-tokens-reset': {
    description: 'When the limit of tokens is whole again.',
    schema: { ...text, format: 'date-time' },
  },
  'Retry-After': { description: 'After how many seconds the same call may be made again.', schema: number },
  'x-should-retry': {
    description: '`false` where the same call made again cannot help.',
    schema: { ...text, enum: ['false'] },
  },
  'Idempotent-Replayed': {
    description: '`true` where this is the first answer to the same `Idempotency-Key`, given again and not billed.',
    schema: { ...text, enum: ['true'] },
  },
  'Preference-Applied': {
    description: 'Which words of `Prefer` were followed.',
    schema: { ...text, examples: ['respond-async, wait=10'] },
  },
  Location: { description: 'Where the job is.', schema: { ...text, format: 'uri-reference' } },
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof headers;

const everywhere = ['x-request-id', 'Server-Timing'] as const;
const kinds = ['requests', 'tokens'] as const;

/** The headers of replies to calls that have limits, by whose protocol the route speaks. */
export const limitHeaders = {
  native: ['RateLimit-Policy', 'RateLimit'],
  openai: [
    'RateLimit-Policy',
    'RateLimit',
    ...kinds.flatMap((kind) =>
      (['limit', 'remaining', 'reset'] as const).map((of) => `x-ratelimit-${of}-${kind}` as const),
    ),
  ],
  anthropic: [
    'request-id',
    'RateLimit-Policy',
    'RateLimit',
    ...kinds.flatMap((kind) =>
      (['limit', 'remaining', 'reset'] as const).map((of) => `anthropic-ratelimit-${kind}-${of}` as const),
    ),
  ],
} as const satisfies Record<string, readonly HeaderName[]>;

/** References to the headers that every reply has, and to these. */
export function headerRefs(names: readonly HeaderName[] = []): Record<string, { $ref: string }> {
  return Object.fromEntries([...everywhere, ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Writes the headers into the document. */
export function registerHeaders(registry: OpenApiRegistry): void {
  for (const [name, header] of Object.entries<Header>(headers)) registry.registerComponent('headers', name, header);
}
