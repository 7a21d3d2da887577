import type { ErrorCode, GatewayError } from '../../domain/errors.ts';

/** An error as Anthropic's API sends it, under the status of the gateway's error. */
export interface AnthropicError {
  readonly type: 'error';
  readonly error: {
    readonly type: string;
    readonly message: string;
    readonly details?: { readonly error_code: string; readonly unsupported: readonly string[] };
  };
  readonly request_id: string;
}

/** Source: platform.claude.com/docs, "Errors", and `ErrorType` of @anthropic-ai/sdk. It has none for 422, 502 and 503. */
const types = {
  invalid_request: 'invalid_request_error',
  unauthorized: 'authentication_error',
  budget_exceeded: 'billing_error',
  forbidden: 'permission_error',
  not_found: 'not_found_error',
  method_not_allowed: 'invalid_request_error',
  upgrade_required: 'invalid_request_error',
  conflict: 'conflict_error',
  payload_too_large: 'request_too_large',
  unsupported_media_type: 'invalid_request_error',
  unprocessable: 'invalid_request_error',
  rate_limited: 'rate_limit_error',
  internal: 'api_error',
  provider_error: 'api_error',
  unavailable: 'overloaded_error',
  provider_timeout: 'timeout_error',
} as const satisfies Record<ErrorCode, string>;

/** Anthropic's type for an error of the gateway. */
export function encodeAnthropicErrorType(error: Pick<GatewayError, 'code'>): (typeof types)[ErrorCode] {
  return types[error.code];
}

/** How Anthropic begins the message of a prompt that is too long. Claude Code and others know it by that. */
const promptTooLong = 'prompt is too long';

/** The message of an error of the gateway, in words that Anthropic's clients know. */
export function encodeAnthropicErrorMessage({ reason, message }: Pick<GatewayError, 'reason' | 'message'>): string {
  const isTooLong = reason === 'context_length_exceeded' && !message.includes(promptTooLong);
  return isTooLong ? `${promptTooLong}: ${message}` : message;
}

/** The body of a reply that is an error. */
export function encodeAnthropicError(
  error: Pick<GatewayError, 'code' | 'reason' | 'message'>,
  requestId: string,
): AnthropicError {
  return {
    type: 'error',
    error: {
      type: encodeAnthropicErrorType(error),
      message: encodeAnthropicErrorMessage(error),
      ...(error.reason === 'thread_unsupported_request' && {
        details: { error_code: error.reason, unsupported: ['thread'] },
      }),
    },
    request_id: requestId,
  };
}
