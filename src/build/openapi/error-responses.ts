import type * as z from 'zod';
import type { ErrorIssue } from '../../domain/error-issue.ts';
import { type ErrorCode, errorTable, GatewayError } from '../../domain/errors.ts';
import { encodeAnthropicError } from '../../protocols/anthropic/encode-anthropic-error.ts';
import { encodeOpenAiError } from '../../protocols/openai/encode-openai-error.ts';
import type { ClientProtocol } from '../../protocols/protocol.ts';
import { graphQlReply } from '../../server/page-openapi-schemas.ts';
import { type OpenApiRegistry, refTo } from './components.ts';
import { anthropicError, eitherError, nativeError, openAiError } from './error-schemas.ts';
import { type HeaderName, headerRefs, limitHeaders } from './headers.ts';

export type ErrorShape = ClientProtocol | 'graphql' | 'either';

const exampleId = 'req_01K9Z3N4V6T8QW2R5Y7B9D1F3H';

/** How an error is written in each protocol. */
const shapes: Readonly<
  Record<
    ErrorShape,
    { readonly name: string; readonly schema: z.ZodType; readonly write: (error: GatewayError) => object }
  >
> = {
  native: {
    name: 'Native',
    schema: nativeError,
    write: ({ code, message }) => ({ error: { code, message, requestId: exampleId } }),
  },
  openai: { name: 'OpenAi', schema: openAiError, write: encodeOpenAiError },
  anthropic: { name: 'Anthropic', schema: anthropicError, write: (error) => encodeAnthropicError(error, exampleId) },
  either: { name: 'Either', schema: eitherError, write: encodeOpenAiError },
  graphql: {
    name: 'GraphQl',
    schema: graphQlReply,
    write: ({ code, message }) => ({ errors: [{ message, extensions: { code, requestId: exampleId } }] }),
  },
};

/** When each of them happens, with an example of its message. */
const occasions: Readonly<
  Record<ErrorCode, { readonly when: string; readonly example?: string | readonly ErrorIssue[] }>
> = {
  invalid_request: {
    when: 'What was sent is wrong: the message names the field and the fix. Also where no provider can be chosen, or the chosen one is not configured.',
    example: [{ path: ['temperature'], message: 'must be at most 2' }],
  },
  unauthorized: { when: 'No API key, or an unknown, expired or revoked one.', example: 'The API key is unknown.' },
  budget_exceeded: { when: 'The budget of the key or its tenant is used up.' },
  forbidden: { when: 'The key lacks the scope, provider or model, or its tenant is suspended.' },
  not_found: { when: 'There is no such thing, or the provider does not know the model.' },
  conflict: {
    when: 'The state does not allow it: the job has ended otherwise, or the first call with the same `Idempotency-Key` is still under way.',
  },
  payload_too_large: { when: 'The body is larger than 10 MiB, or than the provider takes.' },
  unprocessable: {
    when: 'The `Idempotency-Key` was used for another request, or the provider says that it cannot process this one.',
  },
  rate_limited: {
    when: 'A limit of the key, its tenant or the provider is reached. `Retry-After` says when to come back.',
  },
  internal: { when: 'A fault of the gateway.' },
  provider_error: { when: 'The provider failed, or answered what cannot be read.' },
  unavailable: { when: 'The database, or what counts limits, does not answer. `Retry-After` says when to come back.' },
  provider_timeout: { when: 'The provider did not answer in time.' },
};

const codes = Object.keys(errorTable) as ErrorCode[];

/** What every route can answer that asks for a key. */
export const guardErrors = ['invalid_request', 'unauthorized', 'forbidden', 'internal', 'unavailable'] as const;

/** What every call of a provider can end in. */
export const callErrors = [
  ...guardErrors,
  'budget_exceeded',
  'not_found',
  'payload_too_large',
  'unprocessable',
  'rate_limited',
  'provider_error',
  'provider_timeout',
] as const;

/** What is known only once the limits have been asked. */
const limited: ReadonlySet<ErrorCode> = new Set(callErrors.filter((code) => code !== 'unauthorized'));

/** References to the errors of a protocol by their status. */
export function errorResponses(shape: ErrorShape, some: readonly ErrorCode[]): Record<number, { $ref: string }> {
  return Object.fromEntries(
    codes
      .filter((code) => some.includes(code))
      .map((code) => [errorTable[code].status, { $ref: `#/components/responses/${nameOf(shape, code)}` }]),
  );
}

/** Writes the errors that are referred to into the document. */
export function registerErrors(registry: OpenApiRegistry, isReferredTo: (name: string) => boolean): void {
  for (const shape of Object.keys(shapes) as ErrorShape[]) {
    for (const code of codes) {
      const name = nameOf(shape, code);
      if (isReferredTo(name)) registry.registerComponent('responses', name, describe(shape, code));
    }
  }
}

function nameOf(shape: ErrorShape, code: ErrorCode): string {
  const words = code.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return shapes[shape].name + words.join('');
}

function describe(shape: ErrorShape, code: ErrorCode) {
  const { schema, write } = shapes[shape];
  const { when, example } = occasions[code];
  const headers: HeaderName[] = [
    'x-should-retry',
    ...(errorTable[code].retryable || code === 'conflict' ? (['Retry-After'] as const) : []),
    ...(limited.has(code) && shape in limitHeaders ? limitHeaders[shape as ClientProtocol] : []),
    ...(shape === 'anthropic' || shape === 'either' ? (['request-id'] as const) : []),
    ...(shape === 'native' && errorTable[code].status < 500 ? (['Idempotent-Replayed'] as const) : []),
  ];
  return {
    description: `\`${code}\`: ${when}`,
    headers: headerRefs(headers),
    content: { 'application/json': { schema: refTo(schema), example: write(new GatewayError(code, example)) } },
  };
}
