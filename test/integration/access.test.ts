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
    expect([response.status, response.headers.get('accept-encoding'), await response.text()]).toEqual([
      415,
      'identity',
      expect.stringContaining('Content-Encoding: must be left out: send the body uncompressed.'),
    ]);
    const plain = await post(path, body, { 'x-api-key': key, 'content-encoding': 'identity' });
    expect(plain.headers.has('accept-encoding')).toBe(false);
    expect(await plain.text()).not.toContain('Content-Encoding');
  },
);

test('the public routes need no key', async () => {
  for (const path of ['/', '/health', '/ready']) expect([path, (await send(path)).status]).toEqual([path, 200]);
});

test('/ready reports Postgres and Redis', async () => {
  const check = { ok: true, ms: expect.any(Number) };
  const ready = await send('/ready');
  expect(await ready.json()).toEqual({ status: 'ok', checks: { postgres: check, redis: check } });
});

test('the home page links only to existing pages', async () => {
  const page = await (await send('/')).text();
  const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, link]) => link ?? '');
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect([link, (await send(link)).status]).toEqual([link, 200]);
});

test.each([
  ['POST', '/nowhere', 'There is no POST /nowhere here.'],
  ['GET', '/', undefined],
  ['POST', '/api/v1/messages', 'There is no POST /api/v1/messages here: did you mean /v1/messages?'],
  [
    'POST',
    '/anthropic/v1/messages/count_tokens',
    'There is no POST /anthropic/v1/messages/count_tokens here: did you mean /v1/messages/count_tokens?',
  ],
  ['POST', '/api/chat/completion', 'There is no POST /api/chat/completion here: did you mean "/api/chat/completions"?'],
  ['POST', '/api/job', 'There is no POST /api/job here: did you mean "/api/jobs"?'],
  ['POST', '/v1/realtime/sessions', expect.stringMatching(/^POST \/v1\/realtime\/sessions is not supported\. Use /)],
  ['POST', '/v1/rerank', expect.stringMatching(/^POST \/v1\/rerank is not supported\. Compare /)],
  ['DELETE', '/v1/files/file-1', expect.stringMatching(/ is not supported with the operator's key, .* as base64 /)],
  ['GET', '/v1/chat/completions/chatcmpl-1', expect.stringMatching(/ is not supported with the operator's key, /)],
  ['POST', '/v1/messages/batches', expect.stringMatching(/ is not supported with the operator's key, .* \/api\/jobs/)],
  [
    'GET',
    '/v1/messages/batches/msgbatch_1/results',
    expect.stringMatching(/ is not supported with the operator's key/),
  ],
  [
    'POST',
    '/openai/deployments/dall-e-3/images/generations',
    expect.stringMatching(/images\/generations is not supported\. Send it to \/v1\/images\/generations, /),
  ],
])('%s %s names the nearest route', async (method, path, message) => {
  const response = await send(path, { method });
  if (message === undefined) return expect(response.status).toBe(200);
  expect([response.status, await response.json()]).toMatchObject([404, { error: { message } }]);
});

test.each([
  ['GET', '/stream', 'POST, OPTIONS'],
  ['PUT', '/api/chat/completions', 'POST, OPTIONS'],
  ['HEAD', '/api/chat/completions', 'POST, OPTIONS'],
  ['POST', '/health', 'GET, HEAD, OPTIONS'],
  ['DELETE', '/api/jobs', 'POST, GET, HEAD, OPTIONS'],
  ['GET', '/v1/chat/completions', 'POST, OPTIONS'],
  ['GET', '/chat/completions/', 'POST, OPTIONS'],
  ['HEAD', '/v1/messages', 'POST, OPTIONS'],
  ['GET', '/openai/deployments/stub/chat/completions', 'POST, OPTIONS'],
  ['PATCH', '/api/jobs/job_1/cancel', 'POST, OPTIONS'],
  ['PUT', '/graphql', 'GET, HEAD, POST, OPTIONS'],
])('%s %s is a method that the route does not have', async (method, path, allow) => {
  const response = await send(path, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  if (method === 'HEAD') return;
  const type = /^\/(?:v1|chat|openai)\//.test(path)
    ? { type: 'invalid_request_error' }
    : { code: 'method_not_allowed' };
  expect(await response.json()).toMatchObject({ error: type });
});

describe('OPTIONS without a preflight', () => {
  test.each([
    ['/stream', 'POST, OPTIONS'],
    ['/api/jobs/', 'POST, GET, HEAD, OPTIONS'],
    ['/v1/v1/models', 'GET, HEAD, OPTIONS'],
    ['/graphql', 'GET, HEAD, POST, OPTIONS'],
    ['/health', 'GET, HEAD, OPTIONS'],
  ])('%s lists the methods of the route', async (path, allow) => {
    for (const headers of [{}, { origin: 'http://localhost:3000' }]) {
      const response = await send(path, { method: 'OPTIONS', headers });
      expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([204, allow, '']);
    }
  });

  test('a path that no route has is a 404', async () => {
    expect((await send('/nowhere', { method: 'OPTIONS' })).status).toBe(404);
  });
});

test('a provider’s key, and a key in another scheme, are recognised', async () => {
  const ask = async (headers: Record<string, string>) => {
    const response = await send('/api/jobs', { headers });
    return [response.status, JSON.parse(await response.text()).error.message];
  };
  const unknown =
    "The API key is unknown: it looks like a provider's own key. Send a key of this gateway, which begins with aia_.";
  for (const key of ['sk-proj-abc', 'sk-ant-api03-abc', 'gsk_abc', 'AIzaSyA', 'xai-abc', 'hf_abc']) {
    expect(await ask({ 'x-api-key': key })).toEqual([401, unknown]);
  }
  expect(await ask({ 'x-api-key': 'nothing-like-it' })).toEqual([401, 'The API key is unknown.']);
  for (const authorization of ['Basic YTpi', 'aia_0123', 'Token abc']) {
    expect(await ask({ authorization })).toEqual([
      401,
      'Authorization must begin with Bearer: send Authorization: Bearer YOUR_API_KEY.',
    ]);
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
