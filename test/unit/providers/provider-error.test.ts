import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import {
  connectionError,
  mapProviderFailure,
  streamCutOffError,
  unreadableReplyError,
} from '../../../src/providers/provider-error.ts';

const failure = (status: number, more: Partial<Parameters<typeof mapProviderFailure>[0]> = {}) =>
  mapProviderFailure({ vendor: { name: 'OpenAI', apiKey: undefined }, status, message: 'vendor words', ...more });

describe('a failure that the client can fix', () => {
  test.each([
    [400, 'invalid_request'],
    [413, 'payload_too_large'],
    [422, 'unprocessable'],
  ])('status %i is %s with the message of the provider, and is not retryable', (status, code) => {
    expect(failure(status)).toMatchObject({ code, message: 'OpenAI: vendor words', retryable: false });
  });

  test('without a message contains the status', () => {
    for (const message of [undefined, '']) {
      expect(failure(422, { message }).message).toBe('OpenAI: the request was refused (status 422).');
    }
  });

  test('an unknown model is not_found, by its kind or by its words', () => {
    const unknown = { code: 'not_found', reason: 'model_not_found', status: 404 };
    expect(failure(404, { kind: 'model_not_found' })).toMatchObject(unknown);
    expect(failure(400, { kind: 'model_not_found' })).toMatchObject(unknown);
    expect(failure(404, { message: "model 'llama9' not found" })).toMatchObject(unknown);
    expect(failure(404, { message: 'The model `gpt-x` does not exist.' })).toMatchObject(unknown);
  });

  test.each([
    { message: "This model's maximum context length is 8192 tokens." },
    { message: 'Your input exceeds the context window of this model.' },
    { message: 'prompt is too long: 200001 tokens > 200000 maximum' },
    { message: 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000' },
    { message: 'the request exceeds the available context size' },
    { message: 'Trying to keep the first 5000 tokens when context the overflows.' },
    { message: 'The number of tokens to keep from the initial prompt is greater than the context length.' },
    { message: "This model's maximum prompt length is 131072 but the request contains 140000 tokens." },
    { message: 'Invalid request: Your request exceeded model token limit: 8192' },
    { message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).' },
    { message: 'too much', kind: 'context_length_exceeded' },
    { message: 'the input length exceeds the context length' },
    { message: 'input length exceeds maximum context length' },
    { message: 'prompt too long; exceeded max context length by 123 tokens' },
    { message: 'the request exceeds the available context size, try increasing it', kind: 'exceed_context_size_error' },
    { message: 'Please reduce the length of the messages or completion.', kind: 'invalid_request_error' },
    { message: 'Prompt contains 40000 tokens, too large for model with 32768 maximum context length' },
    { message: 'The decoder prompt (length 5000) is longer than the maximum model length of 4096.' },
    { message: "Input length (5000) exceeds model's maximum context length (4096)." },
    { message: "The input (5000 tokens) is longer than the model's context length (4096 tokens)." },
    { message: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000' },
    { message: 'The prompt is too long: 140000, model maximum context length: 131071' },
    { message: 'Input is too long for requested model.' },
    { message: 'Range of input length should be [1, 30720]' },
    { message: 'invalid params, context window exceeds limit (2013)' },
    { message: 'prompt token count of 150000 exceeds the limit of 128000' },
    { message: 'too many tokens: total number of tokens in the prompt cannot exceed 4081' },
  ])('a prompt that is too long has a reason of its own, with any status: %j', (more) => {
    const overflow = { code: 'invalid_request', reason: 'context_length_exceeded', retryable: false };
    for (const status of [400, 413, 422, 500]) expect(failure(status, more)).toMatchObject(overflow);
    expect(failure(429, more).reason).toBeUndefined();
  });

  test.each([
    'max_tokens is too large: 32000. This model supports at most 16384 completion tokens.',
    'The context of this request is not valid.',
    'Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 7000, please reduce your message size.',
    'messages[0].name: string too long. Expected a string with maximum length 64',
  ])('a request that is wrong otherwise has none: %s', (message) => {
    expect(failure(400, { message }).reason).toBeUndefined();
  });

  test('any other refusal has no reason', () => {
    expect(failure(400).reason).toBeUndefined();
  });

  test('any other 404 is the gateway’s', () => {
    expect(failure(404)).toMatchObject({ code: 'provider_error', message: 'OpenAI failed (status 404).' });
  });
});

describe('a failure between the gateway and its provider', () => {
  test.each([
    [401, 'vendor words', "OpenAI refused this call's credentials (status 401)."],
    [402, 'vendor words', 'OpenAI has no quota left for this gateway.'],
    [403, 'Your key lacks the scope model.request.', "OpenAI refused this call's credentials (status 403)."],
    [403, 'vendor words', 'OpenAI refused this request (status 403).'],
  ])('status %i with %s hides the message of the provider and is not retryable', (status, message, text) => {
    expect(failure(status, { message })).toMatchObject({ code: 'provider_error', message: text, retryable: false });
  });

  test.each([
    'API key not valid. Please pass a valid API key.',
    'Incorrect API key provided',
    'Your credit balance is too low to access the API.',
  ])('status 400 about a key or a bill hides the message, too (%s)', (message) => {
    expect(failure(400, { message })).toMatchObject({ code: 'provider_error', retryable: false });
    expect(failure(400, { message }).message).not.toContain(message);
  });

  test.each([405, 451])('status %i is provider_error', (status) => {
    expect(failure(status)).toMatchObject({ code: 'provider_error', retryable: false });
  });

  test.each([409, 500, 503, 529])('status %i is a retryable provider_error', (status) => {
    expect(failure(status)).toMatchObject({ code: 'provider_error', retryable: true });
  });

  test('status 408 is provider_timeout', () => {
    expect(failure(408)).toMatchObject({ code: 'provider_timeout', status: 504 });
  });
});

test.each(['sk-ant-api03-AAAA-bbbb', 'sk-proj-****wxyz'])('text that looks like a key is redacted (%s)', (key) => {
  expect(failure(400, { message: `no ${key}!` }).message).toBe('OpenAI: no [redacted]!');
});

test('secrets are redacted at every position', () => {
  const message = 'tok-1 is not tok-2, tok-1';
  for (const isByok of [false, true]) {
    const vendor = { name: 'OpenAI', apiKey: 'tok-1', isByok };
    expect(failure(400, { message, vendor }).message).toBe('OpenAI: [redacted] is not tok-2, [redacted]');
  }
});

test('words without end are cut', () => {
  expect(failure(400, { message: 'x'.repeat(100_000) }).message.length).toBeLessThan(1100);
});

describe('too many requests', () => {
  beforeEach(() => vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) }));
  afterEach(() => vi.useRealTimers());

  test.each([
    [{ 'retry-after': '20' }, 20],
    [{ 'retry-after': '1.2' }, 2],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '1500', 'retry-after': '20' }, 2],
    [{ 'retry-after-ms': 'soon', 'retry-after': '20' }, 20],
    [{ 'retry-after-ms': '1e999' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{}, undefined],
  ])('with %j may be tried again after %s s', (headers, seconds) => {
    const error = failure(429, { headers: new Headers(headers as Record<string, string>) });
    expect([error.code, error.retryable, error.retryAfterSeconds]).toEqual(['rate_limited', true, seconds]);
  });

  test('of a used-up quota are not worth another try', () => {
    expect(failure(429, { kind: 'insufficient_quota' })).toMatchObject({ code: 'provider_error', retryable: false });
  });
});

describe('no answer at all', () => {
  test('is the reason of the abort where there was one', () => {
    const reason = new GatewayError('provider_timeout');
    expect(connectionError('OpenAI', AbortSignal.abort(reason), new Error('x'))).toBe(reason);
  });

  test('is provider_error otherwise, its cause kept from clients', () => {
    const { signal } = new AbortController();
    const cause = new TypeError('10.0.0.7 refused');
    expect(connectionError('OpenAI', signal, cause)).toMatchObject({
      code: 'provider_error',
      message: 'OpenAI could not be reached.',
      cause,
    });
  });
});

test('an unreadable reply and a cut stream are provider_error', () => {
  expect(
    [unreadableReplyError('X', 'it is not JSON'), streamCutOffError('X')].map(({ code, message }) => [code, message]),
  ).toEqual([
    ['provider_error', 'X sent a reply that cannot be read: it is not JSON.'],
    ['provider_error', 'X cut the stream off before its end.'],
  ]);
});
