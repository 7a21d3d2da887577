import type { ErrorCode, GatewayError } from '../../domain/errors.ts';

/** An error as OpenAI's clients read it, whole or in a stream. */
export interface OpenAiError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** The parameter that is wrong: `messages[2].content`. */
    readonly param: string | null;
    readonly code: string;
  };
}

const types: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'invalid_request_error',
  unauthorized: 'authentication_error',
  budget_exceeded: 'insufficient_quota',
  forbidden: 'permission_error',
  not_found: 'not_found_error',
  method_not_allowed: 'invalid_request_error',
  conflict: 'invalid_request_error',
  payload_too_large: 'invalid_request_error',
  unsupported_media_type: 'invalid_request_error',
  unprocessable: 'invalid_request_error',
  rate_limited: 'rate_limit_error',
  internal: 'server_error',
  provider_error: 'server_error',
  unavailable: 'server_error',
  provider_timeout: 'server_error',
};

/** The codes that OpenAI has for these. A reason is a code of OpenAI's as well; the other codes are the gateway's own. */
const wellKnownCodes: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'invalid_api_key',
  budget_exceeded: 'insufficient_quota',
  rate_limited: 'rate_limit_exceeded',
};

/** Encodes an error for OpenAI's clients. */
export function encodeOpenAiError({ code, reason, message, param }: GatewayError): OpenAiError {
  return { error: { message, type: types[code], param: param ?? null, code: reason ?? wellKnownCodes[code] ?? code } };
}
