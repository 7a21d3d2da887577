import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, post, send } from './gateway.ts';

let key: string;

beforeAll(async () => {
  key = (await createTenant()).key;
});

const keyHeaders = ['x-gateway-key', 'x-api-key', 'api-key', 'x-goog-api-key', 'x-portkey-api-key', 'authorization'];
const varyOf = ({ headers }: Response) => headers.get('vary')?.toLowerCase().split(/,\s*/) ?? [];

describe('a response that requires a key', () => {
  it.each([
    '/api/jobs',
    '/api/jobs/job_none',
    '/v1/models',
    '/v1/models/stub',
    '/v1/models/none',
    '/graphql?query={me{id}}',
  ])('is not cached: GET %s', async (path) => {
    for (const method of path.startsWith('/graphql') ? ['GET'] : ['GET', 'HEAD']) {
      const response = await send(path, { method, headers: { 'x-api-key': key } });
      expect(response.headers.get('cache-control')).toMatch(/\bno-store\b/);
      expect(varyOf(response)).toEqual(expect.arrayContaining([...keyHeaders, 'origin']));
    }
  });

  it('is not cached if the key is unknown', async () => {
    const response = await send('/api/jobs', { headers: { 'x-api-key': 'unknown' } });
    expect([response.status, response.headers.get('cache-control')]).toEqual([401, 'no-store']);
  });

  it('varies by the protocol of the client if protocols share a path', async () => {
    expect(varyOf(await send('/v1/models', { headers: { 'x-api-key': key } }))).toContain('anthropic-version');
  });

  it('is not cached in GraphQL, including for browsers', async () => {
    const headers = { 'x-api-key': key, origin: 'http://localhost:3000' };
    for (const body of ['{"query":"{ me { id } }"}', '{"query":"{ none }"}', '{']) {
      const response = await post('/graphql', body, headers);
      expect(response.headers.get('cache-control')).toMatch(/\bno-store\b/);
      expect(varyOf(response)).toEqual(expect.arrayContaining([...keyHeaders, 'origin']));
    }
  });
});

describe('a response that the platform may compress', () => {
  it.each(['/', '/health', '/openapi.json', '/docs', '/nowhere', '/api/jobs', '/v1/models'])(
    'depends on Accept-Encoding and Origin: GET %s',
    async (path) => {
      for (const headers of [{ 'x-api-key': key }, { 'x-api-key': key, origin: 'http://localhost:3000' }]) {
        const response = await send(path, { headers });
        await response.text();
        const vary = varyOf(response);
        expect(vary).toEqual(expect.arrayContaining(['accept-encoding', 'origin']));
        expect(vary.filter((name) => name === 'origin')).toHaveLength(1);
      }
    },
  );

  it('says so where it has not changed', async () => {
    const etag = (await send('/openapi.json')).headers.get('etag') ?? '';
    const response = await send('/openapi.json', { headers: { 'if-none-match': etag } });
    expect([response.status, varyOf(response)]).toEqual([304, expect.arrayContaining(['accept-encoding'])]);
  });

  it('is no stream, and nothing of GraphQL', async () => {
    for (const [path, sent] of [
      ['/stream', { prompt: 'x', provider: 'stub' }],
      ['/graphql', { query: '{ me { id } }' }],
    ] as const) {
      const response = await post(path, sent, { 'x-api-key': key });
      await response.text();
      expect(response.headers.get('cache-control')).toContain('no-transform');
      expect(varyOf(response)).not.toContain('accept-encoding');
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
