import { formatFieldPath } from '../../domain/error-issue.ts';
import type { ErrorCode, GatewayError } from '../../domain/errors.ts';

/** An error as Google's APIs send it (`google.rpc.Status`), under the status of the gateway's error. */
export interface GeminiError {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details?: readonly ErrorDetail[];
  };
}

type ErrorDetail =
  | {
      readonly '@type': 'type.googleapis.com/google.rpc.BadRequest';
      readonly fieldViolations: readonly { readonly field: string; readonly description: string }[];
    }
  | { readonly '@type': 'type.googleapis.com/google.rpc.RetryInfo'; readonly retryDelay: string };

type EncodedError = Pick<GatewayError, 'status' | 'code' | 'message'> &
  Partial<Pick<GatewayError, 'reason' | 'issues' | 'retryAfterSeconds'>>;

/** Source: google.rpc.Code, and ai.google.dev, "Troubleshooting guide". */
const statuses: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'INVALID_ARGUMENT',
  unauthorized: 'UNAUTHENTICATED',
  budget_exceeded: 'RESOURCE_EXHAUSTED',
  forbidden: 'PERMISSION_DENIED',
  not_found: 'NOT_FOUND',
  method_not_allowed: 'UNIMPLEMENTED',
  upgrade_required: 'FAILED_PRECONDITION',
  conflict: 'ABORTED',
  payload_too_large: 'INVALID_ARGUMENT',
  unsupported_media_type: 'INVALID_ARGUMENT',
  unprocessable: 'INVALID_ARGUMENT',
  rate_limited: 'RESOURCE_EXHAUSTED',
  internal: 'INTERNAL',
  provider_error: 'UNAVAILABLE',
  unavailable: 'UNAVAILABLE',
  provider_timeout: 'DEADLINE_EXCEEDED',
};

/** How Google begins the message of a prompt that is too long. Coding agents know it by that. */
const inputTooLong = 'The input token count exceeds the maximum number of tokens allowed';

/** Encodes an error. Gemini CLI waits as long as `RetryInfo` says. */
export function encodeGeminiError(error: EncodedError): GeminiError {
  const { status, code, message, reason } = error;
  const isTooLong = reason === 'context_length_exceeded' && !/input token count/i.test(message);
  const details = [...toFieldViolations(error), ...toRetryInfo(error)];
  return {
    error: {
      code: status,
      message: isTooLong ? `${inputTooLong}: ${message}` : message,
      status: statuses[code],
      ...(details.length > 0 && { details }),
    },
  };
}

function toFieldViolations({ issues = [] }: EncodedError): ErrorDetail[] {
  if (issues.length === 0) return [];
  const fieldViolations = issues.map(({ path, message }) => ({ field: formatFieldPath(path), description: message }));
  return [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }];
}

function toRetryInfo({ retryAfterSeconds }: EncodedError): ErrorDetail[] {
  if (retryAfterSeconds === undefined) return [];
  return [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterSeconds}s` }];
}
