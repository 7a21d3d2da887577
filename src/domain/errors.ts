import { describeIssues, type ErrorIssue, type FieldPath, formatFieldPath } from './error-issue.ts';
import type { RequestReport } from './request-report.ts';

/**
 * All errors, in one table: the HTTP status, whether the same request may succeed when it is sent again, and the
 * message where none is more exact.
 */
export const errorTable = {
  invalid_request: { status: 400, retryable: false, message: 'The request is not valid.' },
  unauthorized: { status: 401, retryable: false, message: 'The API key is missing or unknown.' },
  budget_exceeded: { status: 402, retryable: false, message: 'The budget is used up.' },
  forbidden: { status: 403, retryable: false, message: 'This API key may not do that.' },
  not_found: { status: 404, retryable: false, message: 'There is nothing here.' },
  method_not_allowed: { status: 405, retryable: false, message: 'The route does not have this method.' },
  conflict: { status: 409, retryable: false, message: 'The state of the resource does not allow that.' },
  payload_too_large: { status: 413, retryable: false, message: 'The request body is too large.' },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    message: 'The request body has a form that is not supported.',
  },
  unprocessable: { status: 422, retryable: false, message: 'The request cannot be processed.' },
  upgrade_required: { status: 426, retryable: false, message: 'The route is for WebSockets.' },
  rate_limited: { status: 429, retryable: true, message: 'Too many requests.' },
  internal: { status: 500, retryable: true, message: 'Something went wrong on our side.' },
  provider_error: { status: 502, retryable: true, message: 'The provider failed.' },
  unavailable: { status: 503, retryable: true, message: 'The service is not available right now.' },
  provider_timeout: { status: 504, retryable: true, message: 'The provider did not answer in time.' },
} as const satisfies Record<string, { status: number; retryable: boolean; message: string }>;

export type ErrorCode = keyof typeof errorTable;

/** What clients distinguish within a code. OpenAI's clients read it as `code`. */
export type ErrorReason =
  | 'model_not_found'
  | 'context_length_exceeded'
  | 'thread_unsupported_request'
  | 'previous_response_not_found'
  | 'invalid_stream_id'
  | 'websocket_connection_limit_reached'
  | 'websocket_queue_full';

/** Who caused an error: the gateway with its rules, or the provider by its reply or its silence. */
export type ErrorOrigin = 'gateway' | 'provider';

/** What is wrong between a provider and the account whose key the gateway uses. */
export type AccountProblem = 'credentials' | 'quota';

/** A provider's own error, as a client of the same protocol gets it. It tells nothing of the operator's account. */
export interface UpstreamError {
  /** 400 to 599. For an error inside a reply of status 200: the status that it stands for. */
  readonly status: number;
  /** JSON. */
  readonly body: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

interface GatewayErrorOptions {
  /** Seconds after which the request may be sent again: ours, or the Retry-After of the provider. */
  readonly retryAfterSeconds?: number | undefined;
  /** Whether `retryAfterSeconds` is the longest wait, and a retry may well help before. */
  readonly mayPassSooner?: boolean | undefined;
  /** Overrides the table where a retry certainly helps, or certainly does not. */
  readonly retryable?: boolean | undefined;
  readonly reason?: ErrorReason | undefined;
  /** The caught error. Its name is logged; nothing of it reaches a client. */
  readonly cause?: unknown;
  /** Why it failed, as a short code for the log: `insufficient_quota`, `first_byte_timeout`. Never free text. */
  readonly detail?: string | undefined;
  /** What is wrong between the provider and the account whose key was used. Absent: nothing is. */
  readonly accountProblem?: AccountProblem | undefined;
  /** The methods that the route has, for `Allow`. */
  readonly allowedMethods?: readonly string[] | undefined;
  /** The content codings that a request body may have, for `Accept-Encoding` (RFC 7694). Absent where another one is not the error. */
  readonly acceptEncoding?: string | undefined;
  /** Absent: the provider for `provider_error` and `provider_timeout`, else the gateway. */
  readonly origin?: ErrorOrigin | undefined;
  /** Absent where the provider sent no error, or one that is not for clients. */
  readonly upstream?: UpstreamError | undefined;
  /** What is known of the request by then. */
  readonly report?: RequestReport | undefined;
}

/**
 * The only error that folders throw for others to handle. Its message is public: it names the field and the fix, and
 * never contains a prompt, a key, a header or what a provider says about credentials. The message is for people: code
 * reads `code`, `reason`, `param` and `issues`.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly reason: ErrorReason | undefined;
  /** The fields that are wrong, if the error is about fields. The message is composed from them. */
  readonly issues: readonly ErrorIssue[] | undefined;
  /** The path of the first of them as OpenAI writes it: `messages[2].content`. Undefined for the request as a whole. */
  readonly param: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly mayPassSooner: boolean;
  readonly detail: string | undefined;
  readonly accountProblem: AccountProblem | undefined;
  readonly allowedMethods: readonly string[] | undefined;
  readonly acceptEncoding: string | undefined;
  /** Not `source`: GraphQL takes a property of that name for the text of a document. */
  readonly origin: ErrorOrigin;
  /** The provider's own error, for clients of the same protocol only. */
  readonly upstream: UpstreamError | undefined;
  #report: RequestReport | undefined;

  /** `problem`: a whole sentence, or the fields that are wrong. Left out, the message is that of the code. */
  constructor(code: ErrorCode, problem?: string | readonly ErrorIssue[], options: GatewayErrorOptions = {}) {
    super(composeMessage(code, problem), options.cause === undefined ? {} : { cause: options.cause });
    const issues = typeof problem === 'object' ? problem : undefined;
    this.code = code;
    this.reason = options.reason;
    this.issues = issues;
    this.param = formatFieldPath(issues?.[0]?.path ?? []) || undefined;
    this.retryable = options.retryable ?? errorTable[code].retryable;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.mayPassSooner = options.mayPassSooner ?? false;
    this.detail = options.detail !== undefined && /^[\w.:-]{1,64}$/.test(options.detail) ? options.detail : undefined;
    this.accountProblem = options.accountProblem;
    this.allowedMethods = options.allowedMethods;
    this.acceptEncoding = options.acceptEncoding;
    this.origin = options.origin ?? (code === 'provider_error' || code === 'provider_timeout' ? 'provider' : 'gateway');
    this.upstream = options.upstream;
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

  /** Sets what is known of the request in the end; values that are not in it stay. */
  updateReport(report: RequestReport): void {
    this.#report = { ...this.#report, ...report };
  }

  get status(): number {
    return errorTable[this.code].status;
  }
}

function composeMessage(code: ErrorCode, problem: string | readonly ErrorIssue[] | undefined): string {
  return typeof problem === 'object' ? describeIssues(problem) : (problem ?? errorTable[code].message);
}

/** Creates the `invalid_request` for one field. `problem` is worded as in `ErrorIssue`: `must be at most 2`. */
export function invalidFieldError(path: FieldPath, problem: string): GatewayError {
  return new GatewayError('invalid_request', [{ path, message: problem }]);
}

/**
 * Creates an error with other issues, for a client that knows the fields by other names. Returns any other thrown value
 * as it is.
 */
export function mapErrorIssues(thrown: unknown, mapIssue: (issue: ErrorIssue) => ErrorIssue): unknown {
  if (!(thrown instanceof GatewayError) || thrown.issues === undefined) return thrown;
  return new GatewayError(thrown.code, thrown.issues.map(mapIssue), thrown);
}

/**
 * Returns a GatewayError, or the one that caused an error, as it is. Any other thrown value becomes `internal`, and its
 * message stays hidden from clients.
 */
export function toGatewayError(thrown: unknown): GatewayError {
  return findGatewayError(thrown) ?? new GatewayError('internal', undefined, { cause: thrown });
}

/** Finds the GatewayError that is, or caused, an error: a driver wraps what its connection throws. */
export function findGatewayError(thrown: unknown): GatewayError | undefined {
  if (thrown instanceof GatewayError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  // Neon's driver has a name of its own for the cause.
  const sourceError = 'sourceError' in thrown ? thrown.sourceError : undefined;
  return findGatewayError(thrown.cause ?? sourceError);
}
