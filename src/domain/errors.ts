import type { RequestReport } from './request-report.ts';

/**
 * Every way in which a call can be refused or fail, in one table: the HTTP status, whether the same call may succeed
 * when it is made again, and what a client reads where nothing more exact can be said.
 */
export const errorTable = {
  invalid_request: { status: 400, retryable: false, message: 'The request is not valid.' },
  unauthorized: { status: 401, retryable: false, message: 'The API key is missing or unknown.' },
  budget_exceeded: { status: 402, retryable: false, message: 'The budget is used up.' },
  forbidden: { status: 403, retryable: false, message: 'This API key may not do that.' },
  not_found: { status: 404, retryable: false, message: 'There is nothing here.' },
  conflict: { status: 409, retryable: false, message: 'The state of the resource does not allow that.' },
  payload_too_large: { status: 413, retryable: false, message: 'The request body is too large.' },
  unprocessable: { status: 422, retryable: false, message: 'The request cannot be processed.' },
  rate_limited: { status: 429, retryable: true, message: 'Too many requests.' },
  internal: { status: 500, retryable: true, message: 'Something went wrong on our side.' },
  provider_error: { status: 502, retryable: true, message: 'The provider failed.' },
  unavailable: { status: 503, retryable: true, message: 'The service is not available right now.' },
  provider_timeout: { status: 504, retryable: true, message: 'The provider did not answer in time.' },
} as const satisfies Record<string, { status: number; retryable: boolean; message: string }>;

export type ErrorCode = keyof typeof errorTable;

interface GatewayErrorOptions {
  /** Seconds after which the call may be made again: our own, or what the provider sent as Retry-After. */
  readonly retryAfterSeconds?: number | undefined;
  /** Overrules the table where a retry is known to help, or known not to. */
  readonly retryable?: boolean | undefined;
  /** What was caught. Logged by its name only, never sent to a client. */
  readonly cause?: unknown;
  /** Why it failed, as a short code for the log: `insufficient_quota`, `first_byte_timeout`. Never free text. */
  readonly detail?: string | undefined;
  /** What is known of the request by then. */
  readonly report?: RequestReport | undefined;
}

/**
 * The one error that leaves a folder on purpose. Its message is public: it names the field and the fix, and never holds
 * a prompt, a key, a header or a provider's text about credentials.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly detail: string | undefined;
  #report: RequestReport | undefined;

  constructor(code: ErrorCode, message?: string, options: GatewayErrorOptions = {}) {
    super(message ?? errorTable[code].message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? errorTable[code].retryable;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.detail = options.detail !== undefined && /^[\w.:-]{1,64}$/.test(options.detail) ? options.detail : undefined;
    this.#report = options.report;
  }

  /** What was known of the request when it failed. */
  get report(): RequestReport | undefined {
    return this.#report;
  }

  /** Adds what is known of the request; earlier values stay. */
  addReport(report: RequestReport): void {
    this.#report = { ...report, ...this.#report };
  }

  get status(): number {
    return errorTable[this.code].status;
  }
}

/** Returns a GatewayError as it is; whatever else was thrown becomes `internal`, its own text kept from clients. */
export function toGatewayError(thrown: unknown): GatewayError {
  return thrown instanceof GatewayError ? thrown : new GatewayError('internal', undefined, { cause: thrown });
}
