import '../../src/graphql/server.ts';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { countSent, createCachedGateway, readReply } from './cached-gateway.ts';
import { createKey, createTenant, ledgerRows, post, variables } from './gateway.ts';

const gpt = 'gpt-4o-mini';
const haiku = 'claude-haiku-4-5';
const gateway = createCachedGateway();

let tenant: Awaited<ReturnType<typeof createTenant>>;
/** A text in all requests of a test. */
let mark: string;

beforeEach(async () => {
  tenant = await createTenant();
  mark = `mark-${crypto.randomUUID()}`;
});

const withTtl = (key = tenant.key, more: Readonly<Record<string, string>> = {}) => ({
  'x-api-key': key,
  'x-gateway-cache-ttl': '60',
  ...more,
});

const chat = (model: string, more: object = {}, scenario = '') => ({
  model,
  messages: [{ role: 'user', content: `${scenario}${mark}` }],
  ...more,
});

const postChat = (body: object, headers = withTtl()) => gateway.post('/v1/chat/completions', body, headers);

const geminiBody = () => ({ contents: [{ role: 'user', parts: [{ text: mark }] }] });

const surfaces: [name: string, path: string, body: () => object][] = [
  ['chat, passed through', '/v1/chat/completions', () => chat(gpt)],
  ['a chat stream, passed through', '/v1/chat/completions', () => chat(gpt, { stream: true })],
  [
    'a chat stream, passed through with its usage',
    '/v1/chat/completions',
    () => chat(gpt, { stream: true, stream_options: { include_usage: true } }),
  ],
  ['chat, translated', '/v1/chat/completions', () => chat(haiku, { seed: 1 })],
  ['a chat stream, translated', '/v1/chat/completions', () => chat(haiku, { stream: true, seed: 1 })],
  ['messages, passed through', '/v1/messages', () => chat(haiku, { max_tokens: 9 })],
  ['a stream of messages, passed through', '/v1/messages', () => chat(haiku, { max_tokens: 9, stream: true })],
  ['messages, translated', '/v1/messages', () => chat(gpt, { max_tokens: 9 })],
  ['a stream of messages, translated', '/v1/messages', () => chat(gpt, { max_tokens: 9, stream: true })],
  ['a response, passed through', '/v1/responses', () => ({ model: gpt, input: mark, store: false })],
  [
    'a stream of a response, passed through',
    '/v1/responses',
    () => ({ model: gpt, input: mark, store: false, stream: true }),
  ],
  ['a response, translated', '/v1/responses', () => ({ model: haiku, input: mark, store: false })],
  [
    'a stream of a response, translated',
    '/v1/responses',
    () => ({ model: haiku, input: mark, store: false, stream: true }),
  ],
  ['generateContent', `/v1beta/models/${gpt}:generateContent`, geminiBody],
  ['streamGenerateContent with events', `/v1beta/models/${gpt}:streamGenerateContent?alt=sse`, geminiBody],
  ['streamGenerateContent with an array', `/v1beta/models/${gpt}:streamGenerateContent`, geminiBody],
  ['native chat', '/api/chat/completions', () => ({ model: gpt, prompt: mark })],
  ['a native stream', '/stream', () => ({ model: haiku, prompt: mark })],
  ['embeddings', '/v1/embeddings', () => ({ model: 'text-embedding-3-small', input: mark })],
];

const sameHeaders = ['content-type', 'cache-control', 'x-gateway-provider', 'x-gateway-model', 'x-gateway-dropped'];
const pickHeaders = ({ headers }: Response) => sameHeaders.map((name) => headers.get(name));

describe('an equal request', () => {
  it.each(surfaces)('gets the same bytes without a provider: %s', async (_, path, body) => {
    const first = await gateway.post(path, body(), withTtl());
    const text = await readReply(first, 'miss');
    const second = await gateway.post(path, body(), withTtl());
    expect(await readReply(second, 'hit')).toBe(text);
    expect(pickHeaders(second)).toEqual(pickHeaders(first));
    expect(second.headers.get('x-gateway-attempts')).toBe('0');
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(await countSent(mark)).toBe(1);
  });

  it('is a row of cost 0 that says what it has saved', async () => {
    await readReply(await postChat(chat(gpt)), 'miss');
    await readReply(await postChat(chat(gpt)), 'hit');
    const [paid, free] = await ledgerRows(tenant.tenantId, 2);
    expect(paid).toMatchObject({ savedNanoUsd: null, status: 'completed' });
    expect(paid?.costNanoUsd).toBeGreaterThan(0n);
    expect(free).toMatchObject({
      costNanoUsd: 0n,
      savedNanoUsd: paid?.costNanoUsd,
      priceVersion: 'cache',
      inputTokens: 0,
      outputTokens: 0,
      tokenSource: 'none',
      status: 'completed',
      finishReason: 'stop',
      provider: 'openai',
      model: gpt,
      attempt: 1,
      isLast: true,
    });
  });

  it('gets the same bytes from the Worker as it deploys', async () => {
    const text = await readReply(await post('/v1/chat/completions', chat(gpt), withTtl()), 'miss');
    expect(await readReply(await post('/v1/chat/completions', chat(gpt), withTtl()), 'hit')).toBe(text);
  });

  it('is sent where it does not opt in, and nothing is looked up or kept', async () => {
    const plain = createCachedGateway();
    const headers = { 'x-api-key': tenant.key };
    await readReply(await plain.post('/v1/chat/completions', chat(gpt), headers), null);
    await readReply(await plain.post('/v1/chat/completions', chat(gpt), headers), null);
    expect([await countSent(mark), plain.opened]).toEqual([2, 0]);
  });

  it('is replayed by the idempotency key of a stream that an earlier reply has answered', async () => {
    const body = { model: haiku, prompt: mark };
    const text = await readReply(await gateway.post('/stream', body, withTtl()), 'miss');
    const headers = withTtl(tenant.key, { 'idempotency-key': crypto.randomUUID() });
    expect(await readReply(await gateway.post('/stream', body, headers), 'hit')).toBe(text);
    const replayed = await gateway.post('/stream', body, headers);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect(await readReply(replayed, null)).toBe(text);
  });
});

describe('a request that differs', () => {
  it('is not answered for another tenant', async () => {
    await readReply(await postChat(chat(gpt)), 'miss');
    const other = await createTenant();
    await readReply(await postChat(chat(gpt), withTtl(other.key)), 'miss');
    expect(await countSent(mark)).toBe(2);
  });

  it('is refused for a key that may not use the model, and answered for one that may', async () => {
    await readReply(await postChat(chat(gpt)), 'miss');
    const { key: refusedKey } = await createKey(tenant.tenantId, { allowedModels: [haiku] });
    const refused = await postChat(chat(gpt), withTtl(refusedKey));
    expect([refused.status, refused.headers.get('x-gateway-cache')]).toEqual([403, null]);
    const { key: otherProvider } = await createKey(tenant.tenantId, { allowedProviders: ['claude'] });
    expect((await postChat(chat(gpt), withTtl(otherProvider))).status).toBe(403);
    const { key } = await createKey(tenant.tenantId, { allowedModels: [gpt] });
    await readReply(await postChat(chat(gpt), withTtl(key)), 'hit');
  });

  it('is not answered by a target that the key may not use', async () => {
    const body = chat(gpt, { models: [haiku] });
    await readReply(await postChat(body), 'miss');
    const { key } = await createKey(tenant.tenantId, { allowedProviders: ['claude', 'openai'] });
    await readReply(await postChat(body, withTtl(key)), 'hit');
    const { key: strictKey } = await createKey(tenant.tenantId, { allowedProviders: ['claude'] });
    expect((await postChat(body, withTtl(strictKey))).headers.get('x-gateway-cache')).not.toBe('hit');
  });

  it.each([
    ['a byte of its body', (body: object) => postChat({ ...body, temperature: 0 })],
    ['its path', (body: object) => gateway.post('/v1/messages', body, withTtl())],
    ['its strictness', (body: object) => postChat(body, withTtl(tenant.key, { 'x-gateway-strict': 'true' }))],
    ['a header of the protocol', (body: object) => postChat(body, withTtl(tenant.key, { 'openai-beta': 'x=1' }))],
  ])('is sent where it differs in %s', async (_, postOther) => {
    const body = chat(gpt, { max_tokens: 9 });
    await readReply(await postChat(body), 'miss');
    await readReply(await postOther(body), 'miss');
    await readReply(await postChat(body), 'hit');
  });

  it('is sent where only its path or its query differs', async () => {
    const methods = ['generateContent', 'streamGenerateContent', 'streamGenerateContent?alt=sse'];
    for (const cache of ['miss', 'hit'] as const) {
      for (const method of methods) {
        await readReply(await gateway.post(`/v1beta/models/${gpt}:${method}`, geminiBody(), withTtl()), cache);
      }
    }
  });

  it('is sent for a strict key of the tenant', async () => {
    await readReply(await postChat(chat(gpt)), 'miss');
    const { key } = await createKey(tenant.tenantId, { strict: true });
    await readReply(await postChat(chat(gpt), withTtl(key)), 'miss');
  });
});

describe('limits', () => {
  it('counts an answered request towards the requests a minute', async () => {
    const limited = await createTenant({ requestsPerMinute: 2 });
    await readReply(await postChat(chat(gpt), withTtl(limited.key)), 'miss');
    const hit = await postChat(chat(gpt), withTtl(limited.key));
    await readReply(hit, 'hit');
    expect(hit.headers.get('ratelimit')).toContain('r=0');
    const refused = await postChat(chat(gpt), withTtl(limited.key));
    expect([refused.status, await countSent(mark)]).toEqual([429, 1]);
    expect(await ledgerRows(limited.tenantId, 2)).toHaveLength(2);
  });

  it('needs neither tokens nor money for an answered request', async () => {
    await readReply(await postChat(chat(gpt)), 'miss');
    const { key: poor } = await createKey(tenant.tenantId, { dailyBudgetNanoUsd: 1n });
    expect((await postChat(chat(gpt, { max_tokens: 9 }), withTtl(poor))).status).toBe(402);
    await readReply(await postChat(chat(gpt), withTtl(poor)), 'hit');
    const { key: small } = await createKey(tenant.tenantId, { tokensPerMinute: 1 });
    expect((await postChat(chat(gpt, { max_tokens: 9 }), withTtl(small))).status).toBe(429);
    await readReply(await postChat(chat(gpt), withTtl(small)), 'hit');
  });

  it('counts an answered request locally without Redis, where other requests of its key need Redis for a budget', async () => {
    const alone = createCachedGateway({ changes: { UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' } });
    await readReply(await alone.post('/v1/chat/completions', chat(gpt), withTtl()), 'miss');
    const { key } = await createKey(tenant.tenantId, { requestsPerMinute: 100, dailyBudgetNanoUsd: 1_000_000_000n });
    const other = await alone.post('/v1/chat/completions', chat(gpt, { max_tokens: 9 }), withTtl(key));
    expect(other.status).toBe(503);
    await readReply(await alone.post('/v1/chat/completions', chat(gpt), withTtl(key)), 'hit');
  });

  it('frees the slot of an answered request at once', async () => {
    const limited = await createTenant({ concurrency: 1 });
    await readReply(await postChat(chat(gpt), withTtl(limited.key)), 'miss');
    for (let count = 0; count < 3; count += 1) {
      await waitFor(async () => await readReply(await postChat(chat(gpt), withTtl(limited.key)), 'hit'));
    }
  });
});

describe('a reply is not kept', () => {
  const bigJson = '[[scenario:long chunks=600 size=9000]] ';
  const cases: [name: string, path: string, body: () => object][] = [
    ['a chat that is stored', '/v1/chat/completions', () => chat(gpt, { store: true })],
    ['a response that does not say store: false', '/v1/responses', () => ({ model: gpt, input: mark })],
    [
      'a hosted tool',
      '/v1/responses',
      () => ({ model: gpt, input: mark, store: false, tools: [{ type: 'web_search' }] }),
    ],
    ['several choices', '/v1/chat/completions', () => chat(gpt, { n: 2 })],
    ['a refusal', '/v1/chat/completions', () => chat(gpt, {}, '[[scenario:refusal]] ')],
    ['a refusal in a stream', '/v1/chat/completions', () => chat(gpt, { stream: true }, '[[scenario:refusal]] ')],
    ['a refusal of Claude', '/v1/messages', () => chat(haiku, { max_tokens: 9 }, '[[scenario:refusal]] ')],
    ['a refusal, translated', '/api/chat/completions', () => ({ model: gpt, prompt: `[[scenario:refusal]] ${mark}` })],
    [
      'a refusal of a response',
      '/v1/responses',
      () => ({ model: gpt, input: `[[scenario:refusal]] ${mark}`, store: false }),
    ],
    [
      'a refusal in a stream of a response',
      '/v1/responses',
      () => ({ model: gpt, input: `[[scenario:refusal]] ${mark}`, store: false, stream: true }),
    ],
    ['a content filter', '/v1/chat/completions', () => chat(gpt, {}, '[[scenario:finish reason=content_filter]] ')],
    ['5 MB', '/v1/chat/completions', () => chat(gpt, {}, bigJson)],
    ['a stream of 5 MB', '/v1/chat/completions', () => chat(gpt, { stream: true }, bigJson)],
    ['a translated stream of 5 MB', '/v1/messages', () => chat(gpt, { stream: true, max_tokens: 9 }, bigJson)],
    ['a stream that is cut off', '/v1/chat/completions', () => chat(gpt, { stream: true }, '[[scenario:cut]] ')],
    [
      'a stream that is cut off in a character',
      '/v1/chat/completions',
      () => chat(gpt, { stream: true }, '[[scenario:unicode,cut mid=character]] '),
    ],
    [
      'a stream without a terminator',
      '/v1/messages',
      () => chat(haiku, { stream: true, max_tokens: 9 }, '[[scenario:clean-cut]] '),
    ],
    ['an error in a stream', '/v1/chat/completions', () => chat(haiku, { stream: true }, '[[scenario:error-event]] ')],
    ['a native stream that is cut off', '/stream', () => ({ model: gpt, prompt: `[[scenario:cut]] ${mark}` })],
  ];

  it.each(cases)('of %s', async (_, path, body) => {
    const first = await gateway.post(path, body(), withTtl());
    await first.text();
    const second = await gateway.post(path, body(), withTtl());
    await second.text();
    expect([first, second].map(({ headers }) => headers.get('x-gateway-cache'))).toEqual(['miss', 'miss']);
    expect(await countSent(mark)).toBe(2);
  });

  it('of an error', async () => {
    const body = chat(gpt, {}, '[[scenario:status code=400]] ');
    for (let count = 0; count < 2; count += 1) {
      const response = await postChat(body);
      expect([response.status, response.headers.get('x-gateway-cache')]).toEqual([400, 'miss']);
    }
    expect(await countSent(mark)).toBe(2);
  });

  it.each([
    [
      'passed through',
      '/v1/chat/completions',
      () => chat(gpt, { stream: true }, `[[scenario:held after=2 mark=${mark}]] `),
    ],
    [
      'translated',
      '/v1/chat/completions',
      () => chat(haiku, { stream: true }, `[[scenario:held after=2 mark=${mark}]] `),
    ],
  ])('of a stream whose client leaves: %s', async (_, path, body) => {
    const left = await gateway.post(path, body(), withTtl());
    const reader = left.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await fetch(`${variables.PROVIDER_URL}/_release?mark=${mark}`, { method: 'POST' });
    await waitFor(async () => {
      const [row] = await ledgerRows(tenant.tenantId, 1);
      expect(row?.status).toBe('client_gone');
    });
    const next = await gateway.post(path, body(), withTtl());
    await fetch(`${variables.PROVIDER_URL}/_release?mark=${mark}`, { method: 'POST' });
    await readReply(next, 'miss');
  });
});

describe('a client that reads slowly', () => {
  it('gets the first bytes of a stream before its end', async () => {
    const response = await postChat(chat(gpt, { stream: true }, `[[scenario:held after=2 mark=${mark}]] `));
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.byteLength).toBeGreaterThan(0);
    await fetch(`${variables.PROVIDER_URL}/_release?mark=${mark}`, { method: 'POST' });
    for (let done = false; !done; ) done = (await reader?.read())?.done ?? true;
    await readReply(await postChat(chat(gpt, { stream: true }, `[[scenario:held after=2 mark=${mark}]] `)), 'hit');
  });
});

describe('time', () => {
  it('ends a reply after its seconds', async () => {
    const driven = createCachedGateway();
    const post = (seconds: string) =>
      driven.post('/v1/chat/completions', chat(gpt), withTtl(tenant.key, { 'x-gateway-cache-ttl': seconds }));
    await readReply(await post('600'), 'miss');
    driven.advance(599_000);
    await readReply(await post('600'), 'hit');
    await readReply(await post('86400'), 'hit');
    driven.advance(1_500);
    await readReply(await post('86400'), 'miss');
    await readReply(await post('86400'), 'hit');
  });

  it('ends a reply for a request that asks for a younger one', async () => {
    const driven = createCachedGateway();
    const post = (seconds: string) =>
      driven.post('/v1/chat/completions', chat(gpt), withTtl(tenant.key, { 'x-gateway-cache-ttl': seconds }));
    await readReply(await post('600'), 'miss');
    driven.advance(20_000);
    await readReply(await post('60'), 'hit');
    await readReply(await post('10'), 'miss');
    await readReply(await post('10'), 'hit');
  });

  it.each(['0', '86401', '-1', '1.5', '1e3', 'an hour', ''])('is no %j', async (value) => {
    const response = await postChat(chat(gpt), withTtl(tenant.key, { 'x-gateway-cache-ttl': value }));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('x-gateway-cache-ttl: must be a number of seconds from 1 to 86400.');
    expect(await countSent(mark)).toBe(0);
  });
});

describe('the shared cache', () => {
  it('answers requests of another isolate', async () => {
    const [first, second] = [createCachedGateway(), createCachedGateway()];
    const body = chat(haiku, { stream: true, seed: 1 });
    const sent = await first.post('/v1/chat/completions', body, withTtl());
    const text = await readReply(sent, 'miss');
    await waitFor(() => expect(first.written).toHaveLength(1));
    const hit = await second.post('/v1/chat/completions', body, withTtl());
    expect(await readReply(hit, 'hit')).toBe(text);
    expect(pickHeaders(hit)).toEqual(pickHeaders(sent));
    const [paid, free] = await ledgerRows(tenant.tenantId, 2);
    expect(free?.savedNanoUsd).toBe(paid?.costNanoUsd);
    expect(first.written[0]).toMatch(/^http:\/\/gateway\.test\/reply-cache\/[\w-]{43}$/);
  });

  const never = () => new Promise<never>(() => undefined);
  const fail = async () => {
    throw new Error('no cache');
  };
  it.each([
    ['hangs', { match: never, put: never }],
    ['fails', { match: fail, put: fail }],
    ['throws', { match: () => fail(), put: () => fail() }],
    ['has something else', { match: async () => new Response('{"format":2}\n'), put: async () => undefined }],
    ['hangs in a body', { match: async () => new Response(new ReadableStream()), put: async () => undefined }],
  ])('keeps no request from its reply where it %s', async (_, shared) => {
    const faulty = createCachedGateway({ shared });
    const post = () => faulty.post('/v1/chat/completions', chat(gpt, { stream: true }), withTtl());
    const text = await readReply(await post(), 'miss');
    expect(await readReply(await post(), 'hit')).toBe(text);
  });
});

describe('a route', () => {
  let admin: Awaited<ReturnType<typeof createTenant>>;

  beforeAll(async () => {
    admin = await createTenant({ scopes: ['admin'] });
  });

  async function setRoute(ttlSeconds: number, more: object = {}): Promise<void> {
    const query = 'mutation ($input: SetRouteInput!) { setRoute(input: $input) { version } }';
    const targets = [{ provider: 'openai', model: gpt }];
    const input = { name: 'cached', tenantId: tenant.tenantId, targets, cache: { ttlSeconds }, ...more };
    const response = await gateway.post('/graphql', { query, variables: { input } }, { 'x-api-key': admin.key });
    expect(await response.json()).toMatchObject({ data: { setRoute: { version: expect.any(Number) } } });
    await gateway.services.gateway.routes.reload();
  }

  const postRoute = (headers: Readonly<Record<string, string>> = {}) =>
    gateway.post('/v1/chat/completions', chat('cached'), { 'x-api-key': tenant.key, ...headers });

  it('opts in for all its requests, and its next version starts without replies', async () => {
    await setRoute(60);
    await readReply(await postRoute(), 'miss');
    const hit = await postRoute();
    await readReply(hit, 'hit');
    expect(hit.headers.get('x-gateway-route')).toBe('cached');
    await setRoute(61);
    await readReply(await postRoute(), 'miss');
    await readReply(await postRoute(), 'hit');
  });

  it('without a time leaves it to the client', async () => {
    await setRoute(0);
    await readReply(await postRoute(), null);
    await readReply(await postRoute({ 'x-gateway-cache-ttl': '60' }), 'miss');
    await readReply(await postRoute({ 'x-gateway-cache-ttl': '60' }), 'hit');
  });

  it('keeps the reply of the target that has answered, and none of its failed attempts', async () => {
    await setRoute(60, {
      targets: [
        { provider: 'claude', model: haiku, tier: 1 },
        { provider: 'openai', model: gpt, tier: 2 },
      ],
    });
    const body = chat('cached', { stream: true }, '[[scenario:cut after=0 only=claude-haiku]] ');
    const post = () => gateway.post('/v1/chat/completions', body, { 'x-api-key': tenant.key });
    const first = await post();
    const text = await readReply(first, 'miss');
    expect(first.headers.get('x-gateway-attempts')).toBe('2');
    const hit = await post();
    expect(await readReply(hit, 'hit')).toBe(text);
    expect(hit.headers.get('x-gateway-provider')).toBe('openai');
    expect(await countSent(mark)).toBe(2);
  });
});
