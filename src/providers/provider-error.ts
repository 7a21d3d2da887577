import { type ErrorCode, type ErrorReason, GatewayError } from '../domain/errors.ts';
import type { ChatResponse } from '../domain/response.ts';
import { parseRetryAfter } from '../lib/parse-retry-after.ts';

/** The vendor that a reply comes from. */
export interface Vendor {
  /** For people: `OpenAI`. */
  readonly name: string;
  /** Never shown, even where the vendor repeats it in a message. */
  readonly apiKey: string | undefined;
}

/** What a provider answered instead of 2xx, or the error that it sent in the middle of a stream. */
export interface ProviderFailure {
  /** For people: `OpenAI`. */
  readonly provider: string;
  readonly status: number;
  readonly headers?: Headers | undefined;
  /** The vendor's own code or type: `model_not_found`, `insufficient_quota`, `overloaded_error`, … */
  readonly kind?: string | undefined;
  /** The vendor's own words, shown to the caller only where they are about the caller's request. */
  readonly message?: string | undefined;
  /** What must not be seen in a message even where the vendor repeats it. */
  readonly secrets?: readonly string[] | undefined;
}

const passedOn: Partial<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  404: 'not_found',
  413: 'payload_too_large',
  422: 'unprocessable',
};

/** Credentials and billing that some vendors refuse with status 400 (Gemini's OpenAI protocol, Anthropic's credit). */
const aboutCredentials =
  /\b(?:api[ _-]?key (?:is )?(?:not|invalid|expired|missing)|(?:invalid|incorrect|missing) api[ _-]?key|credit balance)\b/i;

/**
 * How OpenAI and vendors like it, Anthropic, and servers of open models say that a prompt is too long. LM Studio: "when
 * context the overflows", "greater than the context length". xAI: "maximum prompt length". Moonshot: "exceeded model token
 * limit". Gemini: "exceeds the maximum number of tokens".
 */
const aboutContextLength =
  /maximum (?:context|prompt) length|context_length_exceeded|prompt is too long|exceeds? (?:the )?(?:available )?context|context(?: the)? overflow|greater than the context length|exceeded model token limit|exceeds the maximum number of tokens/i;

/**
 * What a provider's answer becomes for the caller. Refusals that the caller can mend (400, 413, 422, an unknown model)
 * keep the vendor's message; whatever is between the gateway and its provider (credentials, billing, faults) does not.
 */
export function mapProviderFailure(failure: ProviderFailure): GatewayError {
  const { provider, kind } = failure;
  // Without headers the error came inside a response of status 200.
  const logged = { detail: kind, ...(failure.headers && { report: { upstreamStatus: failure.status } }) };
  const status = failure.status === 400 && aboutCredentials.test(failure.message ?? '') ? 401 : failure.status;
  // OpenAI's Responses say it with status 400.
  const code = status === 400 && kind === 'model_not_found' ? 'not_found' : passedOn[status];
  if (code !== undefined && (status !== 404 || isUnknownModel(failure))) {
    return new GatewayError(code, `${provider}: ${publicMessage(failure)}`, {
      ...logged,
      reason: findReason(code, failure),
    });
  }
  if (status === 429) {
    if (kind === 'insufficient_quota') {
      return new GatewayError('provider_error', `${provider} has no quota left for this gateway.`, {
        ...logged,
        retryable: false,
      });
    }
    const retryAfterSeconds = parseRetryAfter(failure.headers);
    return new GatewayError('rate_limited', `${provider} is limiting the rate of requests.`, {
      ...logged,
      retryAfterSeconds,
    });
  }
  if (status === 408) return new GatewayError('provider_timeout', `${provider} gave up waiting (status 408).`, logged);
  if (status >= 300 && status <= 399) {
    const fix = "redirects are not followed, so the provider's base URL has to be the final address";
    return new GatewayError('provider_error', `${provider} answered with a redirect (status ${status}): ${fix}.`, {
      ...logged,
      detail: kind ?? 'redirect',
      retryable: false,
    });
  }
  if (status >= 401 && status <= 403) {
    return new GatewayError('provider_error', `${provider} refused this call's credentials (status ${status}).`, {
      ...logged,
      retryable: false,
    });
  }
  return new GatewayError('provider_error', `${provider} failed (status ${status}).`, {
    ...logged,
    retryable: status >= 500,
  });
}

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

/** Whether a vendor says that the prompt is longer than the model's context. */
export function isAboutContextLength({ kind, message = '' }: Pick<ProviderFailure, 'kind' | 'message'>): boolean {
  return kind === 'context_length_exceeded' || aboutContextLength.test(message);
}

function findReason(code: ErrorCode, failure: ProviderFailure): ErrorReason | undefined {
  if (code === 'not_found') return 'model_not_found';
  return code === 'invalid_request' && isAboutContextLength(failure) ? 'context_length_exceeded' : undefined;
}

function isUnknownModel({ kind, message = '' }: ProviderFailure): boolean {
  return kind === 'model_not_found' || /\bmodel\b/i.test(message);
}

function publicMessage({ message, status, secrets = [] }: ProviderFailure): string {
  if (!message) return `the request was refused (status ${status}).`;
  let text = message;
  for (const secret of secrets) if (secret) text = text.replaceAll(secret, '[redacted]');
  return text.replace(/\bsk-[\w*-]{6,}/g, '[redacted]').slice(0, 1000);
}
