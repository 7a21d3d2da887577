import { type AccountProblem, type ErrorCode, GatewayError, type UpstreamError } from '../domain/errors.ts';
import type { ChatResponse } from '../domain/response.ts';
import { isJson } from '../lib/is-json.ts';
import { parseRetryAfter } from '../lib/parse-retry-after.ts';
import { findAccountProblem } from './account-error.ts';
import { isContextOverflow } from './context-overflow.ts';
import { maskAccountJson, maskAccountText, maskKeys, maskSecrets } from './mask-account.ts';
import { readUpstreamRequestId, selectReplyHeaders } from './reply-headers.ts';

/** The vendor that a reply comes from. */
export interface Vendor {
  /** For people: `OpenAI`. */
  readonly name: string;
  /** Never shown, even where the vendor repeats it in a message. */
  readonly apiKey: string | undefined;
  /** Whether the key is the tenant's own: then the tenant may know the vendor's account. */
  readonly isByok?: boolean | undefined;
}

/** What a provider answered instead of 2xx, or the error that it sent in the middle of a stream. */
export interface ProviderFailure {
  readonly vendor: Vendor;
  readonly status: number;
  /** Absent for an error inside a response of status 200. */
  readonly headers?: Headers | undefined;
  /** The vendor's own code or type: `model_not_found`, `insufficient_quota`, `overloaded_error`, … */
  readonly kind?: string | undefined;
  /** The vendor's message. Clients get it only if it is about their request. */
  readonly message?: string | undefined;
  /** The whole error as the vendor sent it. Absent where it is not known in full. */
  readonly body?: string | undefined;
}

const passedOn: Partial<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  404: 'not_found',
  413: 'payload_too_large',
  422: 'unprocessable',
};

/**
 * Maps a provider's error to the gateway's. Errors that the client can correct (400, 413, 422, an unknown model) keep the vendor's
 * message. Those between the gateway and its provider (credentials, billing, faults) do not. `upstream` is what clients of the vendor's
 * own protocol get.
 */
export function mapProviderFailure(failure: ProviderFailure): GatewayError {
  const { vendor, kind, headers, status } = failure;
  const problem = findAccountProblem(failure);
  const options = {
    detail: kind,
    origin: 'provider' as const,
    upstream: problem === undefined ? toUpstreamError(failure) : undefined,
    // Without headers the error came inside a response of status 200.
    ...(headers && { report: { upstreamStatus: status, upstreamRequestId: readUpstreamRequestId(headers) } }),
  };
  if (problem !== undefined) {
    const message = describeAccountProblem(problem, failure);
    return new GatewayError('provider_error', message, { ...options, accountProblem: problem, retryable: false });
  }
  if (isOverflow(failure)) {
    const message = `${vendor.name}: ${publicMessage(failure)}`;
    return new GatewayError('invalid_request', message, { ...options, reason: 'context_length_exceeded' });
  }
  // OpenAI's Responses say it with status 400.
  const code = status === 400 && kind === 'model_not_found' ? 'not_found' : passedOn[status];
  if (code !== undefined && (status !== 404 || isUnknownModel(failure))) {
    const reason = code === 'not_found' ? 'model_not_found' : undefined;
    return new GatewayError(code, `${vendor.name}: ${publicMessage(failure)}`, { ...options, reason });
  }
  return createFailureError(failure, options);
}

/** Creates the error of a failure that is neither about the account nor about the request itself. */
function createFailureError(
  { vendor: { name }, status, kind, headers }: ProviderFailure,
  common: ConstructorParameters<typeof GatewayError>[2],
): GatewayError {
  const options = { ...common, retryAfterSeconds: parseRetryAfter(headers) };
  if (status === 429) return new GatewayError('rate_limited', `${name} is limiting the rate of requests.`, options);
  if (status === 408) return new GatewayError('provider_timeout', `${name} gave up waiting (status 408).`, options);
  if (status >= 300 && status <= 399) {
    const fix = "redirects are not followed, so the provider's base URL has to be the final address";
    return new GatewayError('provider_error', `${name} answered with a redirect (status ${status}): ${fix}.`, {
      ...options,
      detail: kind ?? 'redirect',
      retryable: false,
    });
  }
  const what = status === 403 ? 'refused this request' : 'failed';
  return new GatewayError('provider_error', `${name} ${what} (status ${status}).`, {
    ...options,
    retryable: status >= 500 || status === 409,
  });
}

/** Describes a problem of the operator's account without its details; of the tenant's own with them. */
function describeAccountProblem(problem: AccountProblem, failure: ProviderFailure): string {
  const { vendor, status, message } = failure;
  const { name, isByok = false } = vendor;
  if (!isByok) {
    return problem === 'quota'
      ? `${name} has no quota left for this gateway.`
      : `${name} refused this call's credentials (status ${status}).`;
  }
  const words = message ? ` ${name}: ${publicMessage(failure)}` : '';
  return problem === 'quota'
    ? `${name} has no quota left for your tenant's own API key (status ${status}): check the plan and billing of its account.${words}`
    : `${name} refused your tenant's own API key (status ${status}): replace it by setProviderKey, or check what it may do.${words}`;
}

/** Returns what clients of the vendor's own protocol get; undefined where it is not JSON, or not whole. */
function toUpstreamError({ vendor, status, headers, body }: ProviderFailure): UpstreamError | undefined {
  if (body === undefined || body.length > maxErrorLength || status < 400) return undefined;
  if (!/^\s*[{[]/.test(body) || !isJson(body)) return undefined;
  const secrets = vendor.apiKey ? [vendor.apiKey] : [];
  const shown = vendor.isByok ? maskSecrets(body, secrets) : maskAccountJson(body, secrets);
  return { status, body: shown, headers: headers ? selectReplyHeaders(headers) : [] };
}

/** UTF-16 units of an error that a client of the same protocol gets. A longer one is replaced. */
const maxErrorLength = 64 * 1024;

/** A request that got no answer at all: the reason of an abort where there was one, else `provider_error`. */
export function connectionError(provider: string, signal: AbortSignal, thrown: unknown): unknown {
  if (signal.aborted) return signal.reason;
  return new GatewayError('provider_error', `${provider} could not be reached.`, {
    cause: thrown,
    detail: 'unreachable',
  });
}

/** A 2xx reply that cannot be read. The provider has worked on it all the same, and may have said what that comes to. */
export class UnreadableReplyError extends GatewayError {
  /** Absent where nothing was said. */
  readonly reported: Pick<ChatResponse, 'usage' | 'reportedModel'> | undefined;

  constructor(message: string, { cause, reported }: Unreadable) {
    super('provider_error', message, { cause, detail: 'unreadable_response' });
    this.reported = reported;
  }
}

/** Whether a provider sent an error, whole or in a stream; false where its reply is one that cannot be read. */
export function isSentError(error: unknown): boolean {
  return error instanceof GatewayError && !(error instanceof UnreadableReplyError);
}

interface Unreadable {
  readonly cause?: unknown;
  readonly reported?: Pick<ChatResponse, 'usage' | 'reportedModel'> | undefined;
}

/** A reply that cannot be read. */
export function unreadableReplyError(provider: string, what: string, why: Unreadable = {}): UnreadableReplyError {
  return new UnreadableReplyError(`${provider} sent a reply that cannot be read: ${what}.`, why);
}

/** A stream whose terminator never came. */
export function streamCutOffError(provider: string): GatewayError {
  return new GatewayError('provider_error', `${provider} cut the stream off before its end.`, {
    detail: 'stream_cut_off',
  });
}

/** A stream that has ended as its protocol says, and holds no part of a reply. */
export function emptyStreamError(provider: string): GatewayError {
  return new GatewayError('provider_error', `${provider} sent a stream without a reply.`, { detail: 'empty_stream' });
}

/** Whether a failure says that the prompt is too long. Some servers say it with status 500. */
function isOverflow(failure: ProviderFailure): boolean {
  const { status } = failure;
  return (status === 400 || status === 413 || status === 422 || status >= 500) && isContextOverflow(failure);
}

function isUnknownModel({ kind, message = '' }: ProviderFailure): boolean {
  return kind === 'model_not_found' || /\bmodel\b/i.test(message);
}

function publicMessage({ vendor: { apiKey = '', isByok }, message, status }: ProviderFailure): string {
  if (!message) return `the request was refused (status ${status}).`;
  const text = isByok ? maskKeys(message, [apiKey]) : maskAccountText(message, [apiKey]);
  return text.slice(0, 1000);
}
