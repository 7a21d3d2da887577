import { type ErrorCode, type ErrorReason, errorTable, type GatewayError } from '../../domain/errors.ts';

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
  upgrade_required: 'invalid_request_error',
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

/** What the reasons that end a stream stand for. */
const reasonCodes: Partial<Record<ErrorReason, ErrorCode>> = {
  context_length_exceeded: 'invalid_request',
  model_not_found: 'not_found',
  previous_response_not_found: 'not_found',
};

/** Returns the status and the type that an error with this code has; those of a server's error where the code is unknown. */
export function describeOpenAiCode(text: string): { readonly status: number; readonly type: string } {
  const codes = Object.keys(errorTable) as ErrorCode[];
  const code = codes.find((candidate) => (wellKnownCodes[candidate] ?? candidate) === text) ?? findReason(text);
  return { status: errorTable[code].status, type: types[code] };
}

function findReason(text: string): ErrorCode {
  return Object.entries(reasonCodes).find(([reason]) => reason === text)?.[1] ?? 'internal';
}
