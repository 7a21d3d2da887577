import type { ErrorCode, GatewayError } from '../../../../src/domain/errors.ts';
import { encodeDataEvent } from '../../../../src/http/sse-writer.ts';
import type { ClientProtocol, ListedModel } from '../../../../src/protocols/protocol.ts';

/** The protocol of Amazon Bedrock's clients. */
export const bedrockProtocol: ClientProtocol = {
  name: 'bedrock',
  matches: ({ path }) => path.startsWith('/model/') || path.startsWith('/foundation-models'),
  errorBody: encodeError,
  errorEvent: (error) => encodeDataEvent(encodeError(error)),
  rateLimitHeaders: () => [],
  corsHeaders: { allow: ['x-amzn-bedrock-trace'], expose: [] },
  models: {
    path: '/foundation-models',
    encodeModels: (models) => ({ modelSummaries: models.map(encodeModel) }),
    encodeModel,
  },
};

/** Source: the errors of InvokeModel in the reference of Amazon Bedrock Runtime. */
const types: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'ValidationException',
  unauthorized: 'AccessDeniedException',
  budget_exceeded: 'ServiceQuotaExceededException',
  forbidden: 'AccessDeniedException',
  not_found: 'ResourceNotFoundException',
  method_not_allowed: 'ValidationException',
  upgrade_required: 'ValidationException',
  conflict: 'ConflictException',
  payload_too_large: 'ValidationException',
  unsupported_media_type: 'ValidationException',
  unprocessable: 'ValidationException',
  rate_limited: 'ThrottlingException',
  internal: 'InternalServerException',
  provider_error: 'ModelErrorException',
  unavailable: 'ServiceUnavailableException',
  provider_timeout: 'ModelTimeoutException',
};

function encodeError({ code, message }: GatewayError) {
  return { __type: types[code], message };
}

function encodeModel({ id, owner }: ListedModel) {
  return { modelId: id, providerName: owner };
}
