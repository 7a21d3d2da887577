import '../../src/graphql/server.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRedis } from '../../src/limits/redis-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, ledgerRows, variables } from './gateway.ts';
import { createRoutedGateway, createRoutedTenants, type RoutedTenant } from './routed-gateway.ts';

const refused = 'http://127.0.0.1:1';
const gateway = createRoutedGateway();
const redis = openRedis({
  url: variables.UPSTASH_REDIS_REST_URL ?? '',
  token: variables.UPSTASH_REDIS_REST_TOKEN ?? '',
  timeoutMs: 10_000,
});
const gpt = 'gpt-4o-mini';
const haiku = 'claude-haiku-4-5';
const sonnet = 'claude-sonnet-4-5';
let admin: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  admin = await createTenant({ scopes: ['admin'] });
});

async function createRouted(columns: Parameters<typeof createRoutedTenants>[1] = {}) {
  const [tenant] = await createRoutedTenants(1, columns);
  if (!tenant) return expect.unreachable();
  return { ...tenant, headers: { 'x-api-key': tenant.key } };
}

const chat = (models: readonly unknown[], prompt: string, more: object = {}) => ({
  models,
  messages: [{ role: 'user', content: prompt }],
  ...more,
});

const postChat = (body: object, headers: Readonly<Record<string, string>>) =>
  gateway.post('/v1/chat/completions', body, headers);

async function readRows(tenant: RoutedTenant, count: number) {
  return (await ledgerRows(tenant.tenantId, count)).toSorted((left, right) => left.attempt - right.attempt);
}

async function queryGateway(query: string, values: object, key = admin.key): Promise<Record<string, unknown>> {
  const response = await gateway.post('/graphql', { query, variables: values }, { 'x-api-key': key });
  const { data, errors } = await response.json<{ data: Record<string, unknown>; errors?: unknown }>();
  expect(errors).toBeUndefined();
  return data;
}

/** Creates a route of a tenant with one target. */
async function setRoute({ tenantId }: RoutedTenant, retry: { attempts: number; deadlineMs: number }, model = gpt) {
  const input = { name: 'fast', tenantId, targets: [{ provider: 'openai', model }], retry };
  await queryGateway('mutation ($input: SetRouteInput!) { setRoute(input: $input) { name } }', { input });
}

async function findSeen(mark: string): Promise<{ body: Record<string, unknown>; aborted: boolean }[]> {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(mark)}`);
  const { requests } = await response.json<{ requests: { body: Record<string, unknown>; aborted: boolean }[] }>();
  return requests;
}

it('returns the last error in which a provider has answered, with the number of all attempts', async () => {
  const unreachable = createRoutedGateway({ ANTHROPIC_BASE_URL: refused });
  const tenant = await createRouted();
  const body = chat([gpt, haiku], '[[scenario:status code=500]] go');
  const response = await unreachable.post('/v1/chat/completions', body, tenant.headers);
  expect([response.status, await response.json()]).toMatchObject([500, { error: { type: 'server_error' } }]);
  expect(response.headers.get('x-gateway-provider')).toBe('openai');
  expect(response.headers.get('x-gateway-attempts')).toBe('2');
  expect(JSON.parse(response.headers.get('x-gateway-attempts-detail') ?? '')).toMatchObject([
    { provider: 'openai', model: gpt, status: 500, reason: 'server_error' },
    { provider: 'claude', model: haiku, status: null, reason: 'unreachable' },
  ]);
  expect(await readRows(tenant, 2)).toMatchObject([{ isLast: false }, { isLast: true }]);
});

describe('a budget', () => {
  /** gpt-4o-mini is not in these lists: what one Claude has cost leaves another one less. */
  const native = (models: readonly string[], scenario: string) => ({
    models,
    prompt: `[[scenario:${scenario} only=claude-haiku]] go`,
    maxTokens: 10,
  });

  /** What the request is reserved with, in nano-dollars, as the error of a budget of 1 says. */
  async function readMaxCost(path: string, body: object): Promise<bigint> {
    const poor = await createRouted({ dailyBudgetNanoUsd: 1n });
    const response = await gateway.post(path, body, poor.headers);
    expect(response.status).toBe(402);
    const { error } = await response.json<{ error: { message: string } }>();
    const [, dollars = ''] = /^\$([\d.]+) would be needed/.exec(error.message) ?? [];
    return BigInt(Math.round(Number(dollars) * 1e9));
  }

  const readCounter = async ({ tenantId, keyId }: RoutedTenant) =>
    Number(await redis.get(`limits:{${tenantId}}:${keyId}:budget:${new Date().toISOString().slice(0, 10)}`));

  async function expectCharged(tenant: RoutedTenant, expected: number) {
    await waitFor(async () => expect(await redis.hlen(`limits:{${tenant.tenantId}}:holds`)).toBe(0));
    await waitFor(async () => expect(await readCounter(tenant)).toBe(expected));
  }

  /** Claude has counted 23 tokens of input and one of output by then. */
  const failedCost = 28_000n;

  it('refuses an attempt that does not fit beside what the failed one has cost', async () => {
    const body = native([haiku, sonnet], 'error-event after=0');
    const maxCost = await readMaxCost('/stream', body);
    const tenant = await createRouted({ dailyBudgetNanoUsd: maxCost + failedCost - 1n });
    const response = await gateway.post('/stream', body, tenant.headers);
    expect(response.status).toBe(502);
    const attempts = [
      { model: haiku, reason: 'overloaded_error' },
      { model: sonnet, reason: 'budget' },
    ];
    expect(await response.json()).toMatchObject({ error: { code: 'provider_error', attempts } });
    expect(response.headers.get('x-gateway-attempts')).toBe('1');
    expect(JSON.parse(response.headers.get('x-gateway-attempts-detail') ?? '')).toMatchObject(attempts);
    expect(await readRows(tenant, 1)).toMatchObject([{ costNanoUsd: failedCost, isLast: true, model: haiku }]);
    await expectCharged(tenant, Number(failedCost));
  });

  it('admits an attempt that just fits, and is charged what all attempts cost', async () => {
    const body = native([haiku, sonnet], 'error-event after=0');
    const maxCost = await readMaxCost('/stream', body);
    const tenant = await createRouted({ dailyBudgetNanoUsd: maxCost + failedCost });
    const response = await gateway.post('/stream', body, tenant.headers);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Bonjour')]);
    const rows = await readRows(tenant, 2);
    expect(rows).toMatchObject([{ costNanoUsd: failedCost }, { costNanoUsd: 204_000n, model: sonnet }]);
    await expectCharged(tenant, 232_000);
  });

  it('counts an attempt of unknown cost with its maximum until the request ends', async () => {
    const body = native([haiku, sonnet], 'cut');
    const path = '/api/chat/completions';
    const maxCost = await readMaxCost(path, body);
    const failedMaxCost = await readMaxCost(path, native([haiku], 'cut'));
    const tenant = await createRouted({ dailyBudgetNanoUsd: maxCost + failedMaxCost - 1n });
    const response = await gateway.post(path, body, tenant.headers);
    expect(response.status).toBe(502);
    expect(response.headers.get('x-gateway-attempts-detail')).toContain('"reason":"budget"');
    expect(await readRows(tenant, 1)).toMatchObject([{ costNanoUsd: null, isLast: true }]);
    await expectCharged(tenant, 0);
  });

  it('skips a target of unknown price, and tries another one again', async () => {
    const tenant = await createRouted({ dailyBudgetNanoUsd: 1_000_000_000n });
    const prompt = `[[scenario:flaky times=1 mark=${crypto.randomUUID()} code=429 retryAfter=1]] go`;
    const body = { models: ['acme/acme-large', gpt], prompt, maxTokens: 10 };
    const response = await gateway.post('/stream', body, tenant.headers);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Привет')]);
    expect(await readRows(tenant, 2)).toMatchObject([{ provider: 'openai' }, { provider: 'openai', isLast: true }]);
    await expectCharged(tenant, 7_050);
  });

  it('ends a request whose content has begun with what was counted', async () => {
    const body = native([haiku, sonnet], 'cut after=2');
    const tenant = await createRouted({ dailyBudgetNanoUsd: await readMaxCost('/stream', body) });
    const response = await gateway.post('/stream', body, tenant.headers);
    expect(await response.text()).toContain('"type":"error"');
    const [row] = await readRows(tenant, 1);
    expect(row?.costNanoUsd).toBeGreaterThanOrEqual(failedCost);
    await expectCharged(tenant, Number(row?.costNanoUsd));
  });
});

it('counts a request of two attempts once towards the requests a minute', async () => {
  const tenant = await createRouted({ requestsPerMinute: 1 });
  const body = chat([gpt, haiku], '[[scenario:status code=500 only=gpt]] go');
  const first = await postChat(body, tenant.headers);
  expect([first.status, first.headers.get('x-gateway-attempts')]).toEqual([200, '2']);
  // Where Redis is late, an isolate counts by itself for a while.
  await waitFor(async () => expect((await postChat(body, tenant.headers)).status).toBe(429));
});

describe('retry-after of the only target', () => {
  it('is waited for', async () => {
    const tenant = await createRouted();
    await setRoute(tenant, { attempts: 2, deadlineMs: 60_000 });
    const scenario = `flaky times=1 mark=${crypto.randomUUID()} code=429 retryAfter=1`;
    const startedAtMs = Date.now();
    const body = { model: 'fast', messages: [{ role: 'user', content: `[[scenario:${scenario}]] go` }] };
    const response = await postChat(body, tenant.headers);
    expect(response.status).toBe(200);
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(990);
    expect(response.headers.get('x-gateway-attempts')).toBe('2');
    expect(response.headers.get('x-gateway-route')).toBe('fast');
  });

  it('is not waited for beyond the deadline', async () => {
    const tenant = await createRouted();
    await setRoute(tenant, { attempts: 2, deadlineMs: 2_000 });
    const content = '[[scenario:status code=429 retryAfter=30]] go';
    const response = await postChat({ model: 'fast', messages: [{ role: 'user', content }] }, tenant.headers);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '30']);
    expect(response.headers.get('x-gateway-attempts')).toBe('1');
    await readRows(tenant, 1);
  });
});

describe('x-gateway-max-attempts', () => {
  it('switches retries off', async () => {
    const tenant = await createRouted();
    const headers = { ...tenant.headers, 'x-gateway-max-attempts': '1' };
    const response = await postChat(chat([gpt, haiku], '[[scenario:status code=500 only=gpt]] go'), headers);
    expect(response.status).toBe(500);
    expect(response.headers.get('x-gateway-attempts')).toBe('1');
    await readRows(tenant, 1);
  });

  it.each(['0', '11', 'two', ''])('is refused as "%s"', async (value) => {
    const tenant = await createRouted();
    const headers = { ...tenant.headers, 'x-gateway-max-attempts': value };
    const response = await postChat(chat([gpt], 'go'), headers);
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('x-gateway-max-attempts')]);
  });
});

describe('models', () => {
  it.each([
    ['of more than five names', ['a', 'b', 'c', 'd', 'e', 'f'], 'models'],
    ['without a name', [], 'models'],
    ['of numbers', [1], 'models'],
    ['of empty names', [''], 'models'],
    ['that is a string', gpt, 'models'],
    ['with an unknown name', [gpt, 'no-such-model'], 'models[1]'],
  ])('is refused as a list %s', async (_name, models, field) => {
    const tenant = await createRouted();
    const response = await postChat({ ...chat([], 'go'), models }, tenant.headers);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThanOrEqual(404);
    expect(await response.text()).toContain(field);
    await readRows(tenant, 0);
  });

  it('is refused where the API key is not allowed one of them', async () => {
    const tenant = await createRouted({ allowedModels: [gpt] });
    const response = await postChat(chat([gpt, haiku], 'go'), tenant.headers);
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining(haiku)]);
  });

  it('begins with the model of the request', async () => {
    const tenant = await createRouted();
    const response = await postChat(chat([gpt], 'go', { model: haiku }), tenant.headers);
    expect([response.status, response.headers.get('x-gateway-provider')]).toEqual([200, 'claude']);
  });

  it('tries a model once that it names twice', async () => {
    const tenant = await createRouted();
    const response = await postChat(chat([gpt, gpt], '[[scenario:status code=500]] go'), tenant.headers);
    expect(response.headers.get('x-gateway-attempts')).toBe('1');
    await readRows(tenant, 1);
  });

  it('goes on to OpenRouter as it came', async () => {
    const vendor = { name: 'openrouter', baseUrl: variables.OPENAI_BASE_URL, apiKeyVar: 'ACME_API_KEY', models: [] };
    const withOpenRouter = createRoutedGateway({ COMPATIBLE_PROVIDERS: JSON.stringify([vendor]) });
    const mark = crypto.randomUUID();
    const models = ['meta-llama/llama-3.3-70b-instruct', 'a/b', 'c/d', 'e/f', 'g/h', 'i/j'];
    const body = chat(models, mark, { model: 'openrouter/openai/gpt-4o-mini' });
    const tenant = await createRouted();
    await withOpenRouter.post('/v1/chat/completions', body, tenant.headers);
    expect(await findSeen(mark)).toMatchObject([{ body: { models, model: 'openai/gpt-4o-mini' } }]);
    const limited = await createRouted({ allowedModels: ['openai/gpt-4o-mini'] });
    expect((await withOpenRouter.post('/v1/chat/completions', body, limited.headers)).status).toBe(403);
  });
});

describe.each([
  ['passed through', '/v1/chat/completions', gpt, haiku],
  ['translated', '/stream', gpt, haiku],
  ['translated, of Claude', '/v1/chat/completions', haiku, gpt],
])('an endless stream without content, %s', (_name, path, first, second) => {
  it('is shown once it is longer than what is held back', async () => {
    const tenant = await createRouted();
    const prompt = `[[scenario:endless only=${first}]] ${crypto.randomUUID()}`;
    const models = [first, second];
    const body = path === '/stream' ? { models, prompt } : chat(models, prompt, { stream: true });
    const client = new AbortController();
    const response = await gateway.post(path, body, tenant.headers, client.signal);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-gateway-model')).toBe(first);
    expect(response.headers.get('x-gateway-attempts')).toBe('1');
    client.abort();
    await response.body?.cancel().catch(() => undefined);
    expect(await readRows(tenant, 1)).toMatchObject([{ status: 'client_gone', isLast: true }]);
  });
});

describe('a client that leaves', () => {
  /** A tenant that can send again only where all that was reserved has come back. */
  const createNarrow = () => createRouted({ concurrency: 1 });

  async function expectFree({ headers }: { readonly headers: Readonly<Record<string, string>> }) {
    await waitFor(async () => expect((await postChat(chat([haiku], 'go'), headers)).status).toBe(200));
  }

  it.each([true, false])('in the middle of the first attempt ends the request (stream %s)', async (stream) => {
    const tenant = await createNarrow();
    const mark = crypto.randomUUID();
    const client = new AbortController();
    const body = chat([gpt, haiku], `[[scenario:silence only=gpt]] ${mark}`, { stream });
    const sent = gateway.post('/v1/chat/completions', body, tenant.headers, client.signal).catch(() => undefined);
    await waitFor(async () => expect(await findSeen(mark)).toHaveLength(1));
    client.abort();
    await sent;
    expect(await readRows(tenant, 1)).toMatchObject([{ status: 'client_gone', provider: 'openai', isLast: true }]);
    await waitFor(async () => expect(await findSeen(mark)).toMatchObject([{ aborted: true }]));
    await expectFree(tenant);
  });

  it('in the pause before a retry ends the request', async () => {
    // With the gateway's own API key, whose state can be read, and a model that nothing else here uses.
    const created = await createTenant({ concurrency: 1, scopes: ['chat', 'read'] });
    const tenant = { ...created, headers: { 'x-api-key': created.key } };
    await setRoute(tenant, { attempts: 2, deadlineMs: 60_000 }, 'gpt-4.1-nano');
    const mark = crypto.randomUUID();
    const client = new AbortController();
    const content = `[[scenario:status code=429 retryAfter=30]] ${mark}`;
    const body = { model: 'fast', messages: [{ role: 'user', content }] };
    const sent = gateway.post('/v1/chat/completions', body, tenant.headers, client.signal).catch(() => undefined);
    const explain = 'query { explainRoute(name: "fast") { targets { state } } }';
    await waitFor(async () =>
      expect(await queryGateway(explain, {}, tenant.key)).toMatchObject({
        explainRoute: { targets: [{ state: 'COOLING_DOWN' }] },
      }),
    );
    client.abort();
    await sent;
    expect(await readRows(tenant, 1)).toMatchObject([{ status: 'failed', errorCode: 'rate_limited', isLast: true }]);
    expect(await findSeen(mark)).toHaveLength(1);
    await expectFree(tenant);
  });

  it('in the middle of the second attempt ends the request', async () => {
    const tenant = await createNarrow();
    const mark = crypto.randomUUID();
    const client = new AbortController();
    const prompt = `[[scenario:flaky,held times=1 mark=${mark} code=500 after=2]] go`;
    const body = chat([gpt, haiku], prompt, { stream: true });
    const response = await gateway.post('/v1/chat/completions', body, tenant.headers, client.signal);
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(new TextDecoder().decode(value)).toContain('data: ');
    client.abort();
    await reader?.cancel().catch(() => undefined);
    expect(await readRows(tenant, 2)).toMatchObject([
      { status: 'failed', provider: 'openai', isLast: false },
      { status: 'client_gone', provider: 'claude', isLast: true },
    ]);
    await waitFor(async () => expect(await findSeen(mark)).toMatchObject([{ aborted: false }, { aborted: true }]));
    await expectFree(tenant);
  });
});
