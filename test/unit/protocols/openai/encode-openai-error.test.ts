import OpenAI from 'openai';
import { describe, expect, it, test } from 'vitest';
import type { FieldPath } from '../../../../src/domain/error-issue.ts';
import { type ErrorCode, errorTable, GatewayError } from '../../../../src/domain/errors.ts';
import { encodeOpenAiError } from '../../../../src/protocols/openai/encode-openai-error.ts';
import { parseOpenAiChatRequest } from '../../../../src/protocols/openai/parse-openai-chat-request.ts';
import { clientAnswered, request } from './sdk-client.ts';

const errorOf = (code: ErrorCode, message?: string) => encodeOpenAiError(new GatewayError(code, message)).error;

describe('every error has OpenAI’s type and code, and is raised as its class by the official client:', () => {
  const expected: Record<ErrorCode, [string, string, new (...args: never[]) => Error]> = {
    invalid_request: ['invalid_request_error', 'invalid_request', OpenAI.BadRequestError],
    unauthorized: ['authentication_error', 'invalid_api_key', OpenAI.AuthenticationError],
    budget_exceeded: ['insufficient_quota', 'insufficient_quota', OpenAI.APIError],
    forbidden: ['permission_error', 'forbidden', OpenAI.PermissionDeniedError],
    not_found: ['not_found_error', 'not_found', OpenAI.NotFoundError],
    method_not_allowed: ['invalid_request_error', 'method_not_allowed', OpenAI.APIError],
    upgrade_required: ['invalid_request_error', 'upgrade_required', OpenAI.APIError],
    conflict: ['invalid_request_error', 'conflict', OpenAI.ConflictError],
    payload_too_large: ['invalid_request_error', 'payload_too_large', OpenAI.APIError],
    unsupported_media_type: ['invalid_request_error', 'unsupported_media_type', OpenAI.APIError],
    unprocessable: ['invalid_request_error', 'unprocessable', OpenAI.UnprocessableEntityError],
    rate_limited: ['rate_limit_error', 'rate_limit_exceeded', OpenAI.RateLimitError],
    internal: ['server_error', 'internal', OpenAI.InternalServerError],
    provider_error: ['server_error', 'provider_error', OpenAI.InternalServerError],
    unavailable: ['server_error', 'unavailable', OpenAI.InternalServerError],
    provider_timeout: ['server_error', 'provider_timeout', OpenAI.InternalServerError],
  };
  test.each(Object.keys(errorTable) as ErrorCode[])('%s', async (code) => {
    const error = new GatewayError(code);
    const [type, wireCode, raisedClass] = expected[code];
    expect(encodeOpenAiError(error)).toEqual({ error: { message: error.message, type, param: null, code: wireCode } });
    const body = JSON.stringify(encodeOpenAiError(error));
    const client = clientAnswered(body, { 'content-type': 'application/json' }, error.status);
    const raised = await client.chat.completions.create(request).catch((thrown: unknown) => thrown);
    expect(raised).toBeInstanceOf(raisedClass);
    expect(raised).toMatchObject({ status: error.status, type, code: wireCode, param: null });
    expect((raised as Error).message).toBe(`${error.status} ${error.message}`);
  });
});

it.each(['model_not_found', 'context_length_exceeded'] as const)('encodes the reason %s as the code', (reason) => {
  expect(encodeOpenAiError(new GatewayError('not_found', undefined, { reason })).error.code).toBe(reason);
});

it.each<[ErrorCode, string]>([
  ['not_found', 'There is no model here.'],
  ['invalid_request', 'prompt is too long'],
  ['invalid_request', 'temperature: must be at most 2.'],
  ['invalid_request', 'messages[2].content: must be a string.'],
  ['invalid_request', '"frobnicate" is not a known field.'],
])('reads neither code nor param from the message of %s: %s', (code, message) => {
  expect(errorOf(code, message)).toMatchObject({ message, param: null, code });
});

describe('param', () => {
  it.each<[FieldPath, string | null]>([
    [['temperature'], 'temperature'],
    [['messages', 2, 'content', 0, 'image_url', 'url'], 'messages[2].content[0].image_url.url'],
    [['maxTokens'], 'maxTokens'],
    [[], null],
  ])('is the path %j of the first issue', (path, param) => {
    const issues = [
      { path, message: 'is wrong' },
      { path: ['other'], message: 'is wrong too' },
    ];
    expect(encodeOpenAiError(new GatewayError('forbidden', issues)).error.param).toBe(param);
  });

  it.each<[string, object]>([
    ['n', { n: 2 }],
    ['frobnicate', { frobnicate: 1 }],
    ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] }],
    ['tools[0].function.params', { tools: [{ type: 'function', function: { name: 'f', params: {} } }] }],
  ])('is %s for a body with %j', (param, fields) => {
    let thrown: unknown;
    try {
      parseOpenAiChatRequest({ ...request, ...fields });
    } catch (error) {
      thrown = error;
    }
    expect(encodeOpenAiError(thrown as GatewayError).error.param).toBe(param);
  });
});
