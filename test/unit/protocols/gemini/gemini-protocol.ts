import type { ErrorCode, GatewayError } from '../../../../src/domain/errors.ts';
import { encodeDataEvent } from '../../../../src/http/sse-writer.ts';
import type { ClientProtocol, ListedModel } from '../../../../src/protocols/protocol.ts';

/** The protocol of Gemini's clients. */
export const geminiProtocol: ClientProtocol = {
  name: 'gemini',
  matches: ({ path }) => path.startsWith('/v1beta/'),
  errorBody: encodeError,
  errorEvent: (error) => encodeDataEvent(encodeError(error)),
  rateLimitHeaders: () => [],
  corsHeaders: { allow: ['x-goog-api-client'], expose: [] },
  models: {
    path: '/v1beta/models',
    encodeModels: (models) => ({ models: models.map(encodeModel) }),
    encodeModel,
  },
};

/** Source: google.rpc.Code. */
const statuses: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'INVALID_ARGUMENT',
  unauthorized: 'UNAUTHENTICATED',
  budget_exceeded: 'RESOURCE_EXHAUSTED',
  forbidden: 'PERMISSION_DENIED',
  not_found: 'NOT_FOUND',
  method_not_allowed: 'UNIMPLEMENTED',
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

function encodeError({ status, code, message }: GatewayError) {
  return { error: { code: status, message, status: statuses[code] } };
}

function encodeModel({ id }: ListedModel) {
  return { name: `models/${id}`, displayName: id };
}
