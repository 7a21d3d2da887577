import { expect, it } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { anthropicProtocol } from '../../../../src/protocols/anthropic/anthropic-protocol.ts';

it('ends a stream with an error event that has the request id', () => {
  const [event, data = ''] = anthropicProtocol
    .errorEvent(new GatewayError('provider_error', 'The provider broke off the stream.'), 'req_1')
    .split('\n');
  expect(event).toBe('event: error');
  expect(JSON.parse(data.slice('data: '.length))).toEqual({
    type: 'error',
    error: { type: 'api_error', message: 'The provider broke off the stream.' },
    request_id: 'req_1',
  });
});

it('writes a reset as a time in RFC 3339, without fractions of a second', () => {
  const rule = { kind: 'requests', scope: 'tenant', scopeId: 'ten_1', limit: 60 } as const;
  const nowMs = Date.parse('2026-11-23T12:00:00.250Z');
  expect(anthropicProtocol.rateLimitHeaders({ rule, remaining: 0.5, resetMs: 90_000 }, nowMs)).toEqual([
    ['anthropic-ratelimit-requests-limit', '60'],
    ['anthropic-ratelimit-requests-remaining', '0'],
    ['anthropic-ratelimit-requests-reset', '2026-11-23T12:01:30Z'],
  ]);
});
