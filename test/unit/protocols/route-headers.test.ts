import { expect, it } from 'vitest';
import { buildRouteHeaders } from '../../../src/protocols/route-headers.ts';

const report = { provider: 'stub', model: 'stub', admitMs: 0 };

it('encodes the characters of a model that a header cannot hold', () => {
  const headers = new Headers(buildRouteHeaders({ ...report, model: 'a\0б\n\ud800' }));
  expect(headers.get('x-gateway-model')).toBe('a%00%D0%B1%0A%EF%BF%BD');
});

it('leaves out failed attempts behind 1 KB', () => {
  const failed = { provider: 'stub', model: 'б'.repeat(30), status: 500, ms: 1, reason: 'x' };
  const headers = new Headers(
    buildRouteHeaders({ ...report, failedAttempts: Array.from({ length: 20 }, () => failed) }),
  );
  const detail = headers.get('x-gateway-attempts-detail') ?? '';
  expect(detail.length).toBeLessThanOrEqual(1024);
  expect(JSON.parse(decodeURIComponent(detail)).length).toBeGreaterThan(1);
});

it('names no attempts of a reply that was not a request', () => {
  expect(buildRouteHeaders({ provider: 'stub', model: 'stub' })).toEqual([]);
});
