import Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { type ErrorCode, errorTable, GatewayError } from '../../../../src/domain/errors.ts';
import { encodeAnthropicError } from '../../../../src/protocols/anthropic/encode-anthropic-error.ts';
import { clientOf, jsonReply, request } from './sdk-client.ts';

const expected: Record<ErrorCode, [type: string, raised: abstract new (...args: never[]) => Error]> = {
  invalid_request: ['invalid_request_error', Anthropic.BadRequestError],
  unauthorized: ['authentication_error', Anthropic.AuthenticationError],
  budget_exceeded: ['billing_error', Anthropic.APIError],
  forbidden: ['permission_error', Anthropic.PermissionDeniedError],
  not_found: ['not_found_error', Anthropic.NotFoundError],
  method_not_allowed: ['invalid_request_error', Anthropic.APIError],
  upgrade_required: ['invalid_request_error', Anthropic.APIError],
  conflict: ['conflict_error', Anthropic.ConflictError],
  payload_too_large: ['request_too_large', Anthropic.APIError],
  unsupported_media_type: ['invalid_request_error', Anthropic.APIError],
  unprocessable: ['invalid_request_error', Anthropic.UnprocessableEntityError],
  rate_limited: ['rate_limit_error', Anthropic.RateLimitError],
  internal: ['api_error', Anthropic.InternalServerError],
  provider_error: ['api_error', Anthropic.InternalServerError],
  unavailable: ['overloaded_error', Anthropic.InternalServerError],
  provider_timeout: ['timeout_error', Anthropic.InternalServerError],
};

test.each(Object.keys(errorTable) as ErrorCode[])('the official client raises its own error for %s', async (code) => {
  const error = new GatewayError(code, 'What to do.');
  const body = encodeAnthropicError(error, 'req_1');
  const [type, raised] = expected[code];
  expect(body).toEqual({ type: 'error', error: { type, message: 'What to do.' }, request_id: 'req_1' });
  const thrown = await clientOf(jsonReply(body, error.status))
    .messages.create(request)
    .catch((reason) => reason);
  expect(thrown).toBeInstanceOf(raised);
  expect(thrown).toMatchObject({ status: errorTable[code].status, type, apiMessage: 'What to do.' });
});

test.each([
  [
    'OpenAI: maximum context length is 8192 tokens.',
    'prompt is too long: OpenAI: maximum context length is 8192 tokens.',
  ],
  ['Claude: prompt is too long: 9 tokens > 8 maximum', 'Claude: prompt is too long: 9 tokens > 8 maximum'],
])('a prompt that is too long is told in words that clients know: %s', (message, expectedMessage) => {
  const error = new GatewayError('invalid_request', message, { reason: 'context_length_exceeded' });
  expect(encodeAnthropicError(error, 'req_1').error.message).toBe(expectedMessage);
});
