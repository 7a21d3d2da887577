import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, post, send } from './gateway.ts';

let key: string;

beforeAll(async () => {
  key = (await createTenant()).key;
});

const varyOf = ({ headers }: Response) => headers.get('vary')?.toLowerCase().split(/,\s*/) ?? [];

describe('what a key may read', () => {
  it.each([
    '/api/jobs',
    '/api/jobs/job_none',
    '/v1/models',
    '/v1/models/stub',
    '/v1/models/none',
    '/graphql?query={me{id}}',
  ])('is kept by no cache: GET %s', async (path) => {
    const response = await send(path, { headers: { 'x-api-key': key } });
    expect(response.headers.get('cache-control')).toMatch(/\bno-store\b/);
    expect(varyOf(response)).toEqual(expect.arrayContaining(['x-api-key', 'authorization', 'origin']));
  });

  it('is kept by no cache where the key is unknown', async () => {
    const response = await send('/api/jobs', { headers: { 'x-api-key': 'unknown' } });
    expect([response.status, response.headers.get('cache-control')]).toEqual([401, 'no-store']);
  });

  it('depends on the protocol of the client where protocols share a path', async () => {
    expect(varyOf(await send('/v1/models', { headers: { 'x-api-key': key } }))).toContain('anthropic-version');
  });

  it('is kept by no cache where GraphQL shows it, to a browser too', async () => {
    const headers = { 'x-api-key': key, origin: 'http://localhost:3000' };
    for (const body of ['{"query":"{ me { id } }"}', '{"query":"{ none }"}', '{']) {
      const response = await post('/graphql', body, headers);
      expect(response.headers.get('cache-control')).toMatch(/\bno-store\b/);
      expect(varyOf(response)).toEqual(expect.arrayContaining(['x-api-key', 'authorization', 'origin']));
    }
  });
});

describe('browsers', () => {
  it.each(['/', '/docs', '/playground'])('show %s in no frame', async (path) => {
    const { status, headers } = await send(path);
    // The files of the other two pages are there only once they have been built.
    if (path === '/') expect(status).toBe(200);
    if (status !== 200) return;
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('take no reply for anything but what it says it is', async () => {
    const sent = { 'x-api-key': key };
    for (const response of [
      await send('/'),
      await send('/health'),
      await send('/nowhere'),
      await send('/v1/models', { headers: sent }),
      await post('/api/chat/completions', { prompt: 'x', provider: 'stub' }, sent),
      await post('/stream', { prompt: 'x', provider: 'stub' }, sent),
      await post('/graphql', { query: '{ me { id } }' }, sent),
      await post('/graphql', '{', sent),
    ]) {
      await response.text();
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});
