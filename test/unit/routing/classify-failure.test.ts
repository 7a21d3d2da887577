import { expect, it } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import { mapProviderFailure } from '../../../src/providers/provider-error.ts';
import { classifyFailure } from '../../../src/routing/classify-failure.ts';

const vendor = { name: 'Acme', apiKey: 'sk-1' };
const sent = (status: number, message = '', kind?: string) =>
  mapProviderFailure({ vendor, status, headers: new Headers(), message, kind, body: '{}' });

it.each([
  ['a time-out', sent(408), 'target'],
  ['a rate limit', sent(429), 'target'],
  ['a failure', sent(500), 'target'],
  ['an overload', sent(529), 'target'],
  ['a redirect', sent(302), 'target'],
  ['a connection that fails', new GatewayError('provider_error', 'x', { detail: 'unreachable' }), 'target'],
  ['a silence', new GatewayError('provider_timeout'), 'target'],
  ['an error inside a reply', mapProviderFailure({ vendor, status: 500, message: 'x' }), 'target'],
  ['a refused key', sent(401), 'key'],
  ['an unpaid account', sent(402), 'key'],
  ['a key without permission', sent(403, 'This API key has no access to the model.'), 'key'],
  ['a quota', sent(429, 'You exceeded your current quota', 'insufficient_quota'), 'key'],
  ['a prompt that is too long', sent(400, 'maximum context length is 8192 tokens'), 'window'],
  ['a wrong request', sent(400, 'temperature must be at most 2'), undefined],
  ['an unknown model', sent(404, 'The model does not exist.'), undefined],
  ['a conflict', sent(409), undefined],
  ['a request that is too large', sent(413), undefined],
  ["a rate limit of the gateway's", new GatewayError('rate_limited'), undefined],
  ["an error of the gateway's", new GatewayError('internal'), undefined],
])('%s', (_, error, expected) => {
  expect(classifyFailure(error)).toBe(expected);
});
