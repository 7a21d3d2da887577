import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
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
    conflict: ['invalid_request_error', 'conflict', OpenAI.ConflictError],
    payload_too_large: ['invalid_request_error', 'payload_too_large', OpenAI.APIError],
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

describe('an unknown model', () => {
  test('has a code of its own', () => {
    expect(errorOf('not_found', 'OpenAI: The model `gpt-x` does not exist.').code).toBe('model_not_found');
    expect(errorOf('not_found', 'There is no GET /v1/files here.').code).toBe('not_found');
  });
});

test.each([
  "OpenAI: This model's maximum context length is 8192 tokens.",
  'OpenAI: Your input exceeds the context window of this model.',
  'Claude: prompt is too long: 200001 tokens > 200000 maximum',
  'Claude: input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
  'llama: the request exceeds the available context size',
])('a prompt that is too long has a code of its own: %s', (message) => {
  expect(errorOf('invalid_request', message).code).toBe('context_length_exceeded');
  expect(errorOf('provider_error', message).code).toBe('provider_error');
});

describe('the parameter that a message begins with', () => {
  test.each<[string | null, string]>([
    ['temperature', 'temperature must be between 0 and 1 for Claude.'],
    ['tool_choice', 'tool_choice can only be auto or none for Ollama.'],
    ['messages[2].content[0].image_url.url', 'messages[2].content[0].image_url.url: must be an http or https URL.'],
    ['messages[3]', 'messages[3] holds an image by URL, which Ollama does not fetch.'],
    ['messages', 'messages must begin with a user message for Claude.'],
    ['model', 'model "x" is not allowed to this API key.'],
    ['input', 'input: must be a string.'],
    ['frobnicate', '"frobnicate" is not a known field.'],
    ['maxTokens', 'maxTokens: is not a known field: did you mean "max_tokens".'],
    [null, 'The body is empty: send a JSON object.'],
    [null, 'OpenAI: max_tokens is too large.'],
    [null, 'ollama failed while it was answering.'],
    [null, 'temperatures: are high.'],
    [null, 'user-agent is missing.'],
    [null, ''],
  ])('%j: %s', (param, message) => {
    expect(errorOf('invalid_request', message).param).toBe(param);
  });

  test.each<[string, object]>([
    ['n', { n: 2 }],
    ['frobnicate', { frobnicate: 1 }],
    ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'file', file: {} }] }] }],
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
