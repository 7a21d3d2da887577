import { beforeAll, describe, expect, test } from 'vitest';
import { createTenant, post, send } from './gateway.ts';

const body = { prompt: 'Hi', provider: 'stub' };
const routes = ['/api/chat/completions', '/stream'];
let key: string;

beforeAll(async () => {
  key = (await createTenant()).key;
});

async function outcome(path: string, headers: Record<string, string>) {
  const response = await post(path, body, headers);
  const text = await response.text();
  return { status: response.status, code: response.ok ? undefined : JSON.parse(text).error.code };
}

describe.each(routes)('%s', (path) => {
  test.each([
    ['X-API-Key', (value: string) => ({ 'X-API-Key': value })],
    ['Authorization: Bearer', (value: string) => ({ Authorization: `Bearer ${value}` })],
    ['authorization: bearer', (value: string) => ({ authorization: `bearer  ${value} ` })],
  ])('a key in %s is let in, an unknown one is not', async (_, header) => {
    expect(await outcome(path, header(key))).toEqual({ status: 200 });
    expect(await outcome(path, header('unknown'))).toEqual({ status: 401, code: 'unauthorized' });
    expect(await outcome(path, header(`${key}x`))).toEqual({ status: 401, code: 'unauthorized' });
    expect(await outcome(path, header('k'.repeat(5000)))).toEqual({ status: 401, code: 'unauthorized' });
  });

  test('an empty header is an absent one', async () => {
    expect(await outcome(path, {})).toEqual({ status: 401, code: 'unauthorized' });
    expect(await outcome(path, { 'x-api-key': '', authorization: 'Bearer ' })).toEqual({
      status: 401,
      code: 'unauthorized',
    });
    expect(await outcome(path, { 'x-api-key': '', authorization: `Bearer ${key}` })).toEqual({ status: 200 });
    expect(await outcome(path, { 'x-api-key': key, authorization: '' })).toEqual({ status: 200 });
  });

  test('the same key twice is let in, two different ones are refused', async () => {
    expect(await outcome(path, { 'x-api-key': key, authorization: `Bearer ${key}` })).toEqual({ status: 200 });
    const refused = { status: 400, code: 'invalid_request' };
    expect(await outcome(path, { 'x-api-key': key, authorization: 'Bearer other' })).toEqual(refused);
  });

  test("a suspended tenant's key is known and forbidden", async () => {
    const suspended = await createTenant({ active: false });
    expect(await outcome(path, { 'x-api-key': suspended.key })).toEqual({ status: 403, code: 'forbidden' });
  });

  test('a body above 10 MiB is refused before any key is looked at', async () => {
    const large = 'x'.repeat(10 * 1024 * 1024 + 1);
    const declared = await post(path, large);
    expect([declared.status, await declared.json()]).toMatchObject([413, { error: { code: 'payload_too_large' } }]);
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    void writer.write(new TextEncoder().encode(large)).then(
      () => writer.close(),
      () => undefined,
    );
    const chunked = await send(path, { method: 'POST', body: readable });
    expect(chunked.status).toBe(413);
  });
});

test.each(['/api/chat/completions', '/stream', '/api/jobs', '/v1/chat/completions', '/v1/messages', '/graphql'])(
  '%s takes no body that is compressed, and says so',
  async (path) => {
    const response = await post(path, body, { 'x-api-key': key, 'content-encoding': 'gzip' });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('Content-Encoding: must be left out: send the body uncompressed.'),
    ]);
    const plain = await post(path, body, { 'x-api-key': key, 'content-encoding': 'identity' });
    expect(await plain.text()).not.toContain('Content-Encoding');
  },
);

test('what needs no key asks for none', async () => {
  for (const path of ['/', '/health', '/ready']) expect([path, (await send(path)).status]).toEqual([path, 200]);
});

test('readiness tells of Postgres and Redis', async () => {
  const check = { ok: true, ms: expect.any(Number) };
  const ready = await send('/ready');
  expect(await ready.json()).toEqual({ status: 'ok', checks: { postgres: check, redis: check } });
});

test('the home page links only to what is there', async () => {
  const page = await (await send('/')).text();
  const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, link]) => link ?? '');
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect([link, (await send(link)).status]).toEqual([link, 200]);
});

test('an unknown path and a wrong method are not found', async () => {
  for (const [method, path] of [
    ['GET', '/nowhere'],
    ['GET', '/stream'],
    ['PUT', '/api/chat/completions'],
    ['POST', '/health'],
  ]) {
    const response = await send(path ?? '', { method: method ?? '' });
    expect([method, path, response.status]).toEqual([method, path, 404]);
    expect(await response.json()).toMatchObject({
      error: { code: 'not_found', requestId: expect.stringMatching(/^req_/) },
    });
  }
});

test('every reply has its request id and its timing', async () => {
  const replies = [
    send('/health'),
    send('/nowhere'),
    post('/stream', body),
    post('/stream', body, { 'x-api-key': key }),
    post('/api/chat/completions', '{', { 'x-api-key': key }),
  ];
  for (const reply of await Promise.all(replies)) {
    await reply.text();
    expect(reply.headers.get('x-request-id')).toMatch(/^req_/);
    expect(reply.headers.get('server-timing')).toMatch(/^auth;dur=\d+, admit;dur=\d+, upstream;dur=\d+$/);
  }
});

test("a valid x-request-id is echoed, any other is replaced, and the ledger's id is always ours", async () => {
  const echoed = await send('/nowhere', { headers: { 'x-request-id': 'Trace.1_a-b' } });
  expect(echoed.headers.get('x-request-id')).toBe('Trace.1_a-b');
  expect(await echoed.json()).toMatchObject({ error: { requestId: expect.stringMatching(/^req_/) } });
  for (const invalid of ['with space', 'x'.repeat(129), 'ключ'.slice(0, 0) || 'a/b']) {
    const replaced = await send('/nowhere', { headers: { 'x-request-id': invalid } });
    expect(replaced.headers.get('x-request-id')).toMatch(/^req_/);
  }
});

describe('browsers', () => {
  const origin = 'http://localhost:3000';

  test('a preflight is answered before any key is asked for', async () => {
    const response = await send('/stream', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase().split(/,\s*/);
    const wanted = ['authorization', 'x-api-key', 'content-type', 'idempotency-key', 'last-event-id', 'prefer'];
    expect(allowed).toEqual(expect.arrayContaining(wanted));
  });

  test('every reply can be read, errors and streams too', async () => {
    const sent = { origin, 'x-api-key': key };
    for (const reply of [
      await post('/stream', body, sent),
      await post('/stream', '{', sent),
      await post('/stream', body, { origin }),
      await send('/nowhere', { headers: { origin } }),
    ]) {
      await reply.text();
      expect(reply.headers.get('access-control-allow-origin')).toBe(origin);
      expect(reply.headers.get('access-control-expose-headers')).toContain('x-request-id');
    }
  });

  test('an origin elsewhere is not let in', async () => {
    for (const stranger of ['https://example.com', 'http://localhost.example.com', 'null']) {
      const response = await send('/health', { headers: { origin: stranger } });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});
