import { expect, it } from 'vitest';
import { invalidFieldError } from '../../../../src/domain/errors.ts';
import { openAiProtocol } from '../../../../src/protocols/openai/openai-protocol.ts';

const error = invalidFieldError(['temperature'], 'must be at most 2');

it('ends a stream of chat completions with an error object', () => {
  expect(openAiProtocol.errorEvent(error, 'req_1')).toBe(
    `data: ${JSON.stringify(openAiProtocol.errorBody(error, ''))}\n\n`,
  );
});

it('ends a stream that numbers its events with a numbered error, flat and as an object', () => {
  const [event, data = ''] = openAiProtocol.errorEvent(error, 'req_1', 0).split('\n');
  expect(event).toBe('event: error');
  expect(JSON.parse(data.slice('data: '.length))).toEqual({
    type: 'error',
    code: 'invalid_request',
    message: 'temperature: must be at most 2.',
    param: 'temperature',
    error: JSON.parse(JSON.stringify(openAiProtocol.errorBody(error, ''))).error,
    sequence_number: 0,
  });
});

it.each([
  [0, '0s'],
  [59_001, '1m0s'],
  [6_000, '6s'],
  [90_000, '1m30s'],
])('writes a reset in %i ms as %s', (resetMs, reset) => {
  const rule = { kind: 'tokens', scope: 'key', scopeId: 'key_1', limit: 1_000 } as const;
  expect(openAiProtocol.rateLimitHeaders({ rule, remaining: 999.9, resetMs }, 0)).toEqual([
    ['x-ratelimit-limit-tokens', '1000'],
    ['x-ratelimit-remaining-tokens', '999'],
    ['x-ratelimit-reset-tokens', reset],
  ]);
});
