import type * as z from 'zod';
import type { ErrorIssue } from '../../domain/error-issue.ts';
import { type ErrorCode, errorTable, GatewayError } from '../../domain/errors.ts';
import { type OpenApiRegistry, refTo } from './components.ts';
import { headerRefs } from './headers.ts';

/** How a protocol writes errors. */
export interface ErrorFormat {
  /** The prefix of its components' names: `OpenAi`. */
  readonly name: string;
  readonly schema: z.ZodType;
  encode(error: GatewayError, requestId: string): object;
  /** The headers of responses to requests that have limits. */
  readonly limitHeaders: readonly string[];
  /** The headers that an error of this code has besides. */
  headersOf?(code: ErrorCode): readonly string[];
}

const exampleId = 'req_01K9Z3N4V6T8QW2R5Y7B9D1F3H';

/** When each error happens, with an example of its message. */
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
  not_found: { when: 'There is no such thing, or the model leads to no provider, or its provider does not know it.' },
  method_not_allowed: { when: 'The route has other methods, which `Allow` lists.' },
  upgrade_required: { when: 'The route is for WebSockets: send `Upgrade: websocket`.' },
  conflict: {
    when: 'The state does not allow it: the job has ended otherwise, or the first call with the same `Idempotency-Key` is still under way.',
  },
  payload_too_large: { when: 'The body is larger than 10 MiB, or than the provider takes.' },
  unsupported_media_type: {
    when: 'The body is compressed. `Accept-Encoding` says what is accepted.',
    example: 'Content-Encoding: must be left out: send the body uncompressed.',
  },
  unprocessable: {
    when: 'The `Idempotency-Key` was used for another request, or the provider says that it cannot process this one.',
  },
  rate_limited: {
    when: 'A limit of the key, its tenant or the provider is reached. `Retry-After` says when to come back.',
  },
  internal: { when: 'A fault of the gateway.' },
  provider_error: {
    when: "The provider failed, answered what cannot be read, or refused the key, the account or the billing of the gateway's operator.",
  },
  unavailable: { when: 'The database, or what counts limits, does not answer. `Retry-After` says when to come back.' },
  provider_timeout: { when: 'The provider did not answer in time.' },
};

const codes = Object.keys(errorTable) as ErrorCode[];

/** The errors of every route that needs a key. */
export const guardErrors = ['invalid_request', 'unauthorized', 'forbidden', 'internal', 'unavailable'] as const;

/** The errors of every route that reads a body. */
export const bodyErrors = [...guardErrors, 'payload_too_large', 'unsupported_media_type'] as const;

/** The errors of every route that calls a provider. */
export const callErrors = [
  ...bodyErrors,
  'budget_exceeded',
  'not_found',
  'unprocessable',
  'rate_limited',
  'provider_error',
  'provider_timeout',
] as const;

/** The errors that can happen after the limits have been checked, whose headers tell how they stand. */
const limited: ReadonlySet<ErrorCode> = new Set(
  callErrors.filter((code) => code !== 'unauthorized' && code !== 'unsupported_media_type'),
);

/** References to the errors of a format by their status. */
export function errorResponses(format: ErrorFormat, included: readonly ErrorCode[]): Record<number, { $ref: string }> {
  return Object.fromEntries(
    codes
      .filter((code) => included.includes(code))
      .map((code) => [errorTable[code].status, { $ref: `#/components/responses/${nameOf(format, code)}` }]),
  );
}

/** The response to a request that is passed through, and that the provider refuses with a status that is not listed. */
export function upstreamErrorResponse(format: ErrorFormat) {
  return {
    default: {
      description:
        "The provider's own error, where it speaks the protocol of the route: its status (529 as well) and its body, in which what names the operator's account is replaced by `[redacted]`. The listed statuses may be the provider's, too.",
      headers: headerRefs([
        'x-should-retry',
        'x-gateway-error-source',
        'Retry-After',
        ...format.limitHeaders,
        ...attemptHeaders(format),
      ]),
      content: { 'application/json': { schema: { type: 'object' as const } } },
    },
  };
}

/** Writes the errors that are referred to into the document. */
export function registerErrors(
  registry: OpenApiRegistry,
  formats: readonly ErrorFormat[],
  isReferredTo: (name: string) => boolean,
): void {
  for (const format of formats) {
    for (const code of codes) {
      const name = nameOf(format, code);
      if (isReferredTo(name)) registry.registerComponent('responses', name, describe(format, code));
    }
  }
}

/** The attempts that failed, on the routes of requests that go to providers. */
function attemptHeaders({ limitHeaders }: ErrorFormat): readonly string[] {
  return limitHeaders.length > 0 ? ['x-gateway-attempts-detail'] : [];
}

function nameOf({ name }: ErrorFormat, code: ErrorCode): string {
  const words = code.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return name + words.join('');
}

function describe(format: ErrorFormat, code: ErrorCode) {
  const { when, example } = occasions[code];
  const headers = [
    'x-should-retry',
    'x-gateway-error-source',
    ...(errorTable[code].retryable || code === 'conflict' ? ['Retry-After'] : []),
    ...(code === 'unsupported_media_type' ? ['Accept-Encoding'] : []),
    ...(limited.has(code) ? [...format.limitHeaders, ...attemptHeaders(format)] : []),
    ...(format.headersOf?.(code) ?? []),
  ];
  const body = format.encode(new GatewayError(code, example), exampleId);
  return {
    description: `\`${code}\`: ${when}`,
    headers: headerRefs(headers),
    content: { 'application/json': { schema: refTo(format.schema), example: body } },
  };
}
