import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
// The Worker loads this with the first call that needs it; under test that takes long.
import '../../src/graphql/server.ts';
import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import worker from '../../src/index.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { createTenant, database, variables } from './gateway.ts';

/** Each is found by itself wherever it gets to. */
const prompt = 'canaryprompt83d1';
const ownKey = 'sk-canaryownkey-4be7-0123456789';
const madeKeys: string[] = [];

const realFetch = globalThis.fetch;
const logged: string[] = [];
let databaseFails = false;

// Before the Worker is built, for the logger and the providers' clients keep what they find.
for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
  vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => {
    logged.push(parts.map(String).join(' '));
  });
}
vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
  const body = String(init?.body);
  const fails = databaseFails && String(input) === variables.DATABASE_HTTP_URL && !body.includes('key_hash =');
  if (fails) throw new Error(`cannot send ${body}`);
  return await realFetch(input, init);
});

const queueMessages: string[] = [];
const queue = {
  send: async (message: unknown) => void queueMessages.push(JSON.stringify(message)),
  sendBatch: async (messages: Iterable<unknown>) => void queueMessages.push(JSON.stringify([...messages])),
};
const configuration = { ...env, LOG_LEVEL: 'debug', USAGE_QUEUE: queue, JOBS_QUEUE: queue, WEBHOOKS_QUEUE: queue };

const redis = openRedis({
  url: variables.UPSTASH_REDIS_REST_URL ?? '',
  token: variables.UPSTASH_REDIS_REST_TOKEN ?? '',
  timeoutMs: 10_000,
});

let admin: Awaited<ReturnType<typeof createTenant>>;
let tenant: Awaited<ReturnType<typeof createTenant>>;
/** Names that other runs have left in Redis. */
let earlierNames: ReadonlySet<string>;

beforeAll(async () => {
  earlierNames = new Set(await redis.keys('*'));
  admin = await createTenant({ scopes: ['admin'] });
  tenant = await createTenant({ dailyBudgetNanoUsd: 10n ** 12n, requestsPerMinute: 1_000, tokensPerMinute: 1_000_000 });
});
beforeEach(() => {
  databaseFails = false;
  logged.length = 0;
});

async function request(path: string, key: string, body: object, settings: object = configuration) {
  const context = createExecutionContext();
  const httpRequest = new Request(`http://gateway.test${path}`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const response = await worker.fetch(httpRequest as Parameters<typeof worker.fetch>[0], settings, context);
  const text = await response.text();
  await waitOnExecutionContext(context);
  return { status: response.status, text, headers: JSON.stringify([...response.headers]) };
}

const set = (variables: object, settings?: object) =>
  request(
    '/graphql',
    admin.key,
    {
      query:
        'mutation ($id: ID!, $provider: String!, $key: String!) { setProviderKey(tenantId: $id, provider: $provider, key: $key) { ending } }',
      variables: { id: tenant.tenantId, provider: 'openai', key: ownKey, ...variables },
    },
    settings,
  );
const create = (input: object = {}) =>
  request('/graphql', admin.key, {
    query: 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    variables: { input: { tenantId: tenant.tenantId, name: 'made', ...input } },
  });

const keys = () => [ownKey, ownKey.slice(0, 20), 'canaryownkey', tenant.key, admin.key, ...madeKeys];

function expectNone(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) expect(text).not.toContain(secret);
}

function expectKept({ text, headers }: Awaited<ReturnType<typeof request>>): void {
  expectNone(logged.join('\n'), [...keys(), prompt]);
  expectNone(`${text}${headers}`, keys());
}

describe('neither logs nor replies contain a key', () => {
  test('that a tenant sets', async () => {
    const answer = await set({});
    expect(answer.text).toBe(`{"data":{"setProviderKey":{"ending":"${ownKey.slice(-4)}"}}}`);
    expectKept(answer);
  });

  test.each<[string, () => ReturnType<typeof request>]>([
    ['without an ENCRYPTION_KEY', () => set({}, { ...configuration, ENCRYPTION_KEY: undefined })],
    ['for an unknown tenant', () => set({ id: 'ten_nobody' })],
    ['for a provider that takes none', () => set({ provider: 'stub' })],
    ['with a space in it', () => set({ key: `${ownKey} ${ownKey}` })],
  ])('that is rejected %s', async (_, ask) => {
    const answer = await ask();
    expect(answer.text).toContain('"errors"');
    expectKept(answer);
  });

  test('that the provider rejects and repeats', async () => {
    for (const path of ['/api/chat/completions', '/stream', '/api/jobs']) {
      const body = path === '/api/jobs' ? { input: prompt, provider: 'openai' } : { prompt, provider: 'openai' };
      const answer = await request(path, tenant.key, body);
      expect([path, answer.status]).toEqual([path, path === '/api/jobs' ? 202 : 502]);
      expectKept(answer);
    }
  });

  test('that is created, except the one reply that shows it', async () => {
    const answer = await create();
    const { data } = JSON.parse(answer.text) as { data: { createApiKey: { key: string } } };
    madeKeys.push(data.createApiKey.key);
    expectNone(logged.join('\n') + answer.headers, keys());
  });

  test('if Postgres fails with the statement in its error', async () => {
    databaseFails = true;
    for (const answer of [await set({}), await create()]) {
      expect(answer.text).toContain('"errors"');
      expectKept(answer);
      expectNone(answer.text + logged.join('\n'), ['cannot send', 'v1.', 'aia_']);
    }
  });
});

test('Postgres holds no key, and prompts only where jobs have them', async () => {
  await request('/api/chat/completions', tenant.key, { prompt, provider: 'stub' });
  const { rows: tables } = await database.execute(sql`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`);
  expect(tables.length).toBeGreaterThan(10);
  for (const { name } of tables) {
    const { rows } = await database.execute(sql`SELECT to_json(t)::text AS row FROM ${sql.identifier(String(name))} t`);
    const content = rows.map(({ row }) => row).join('\n');
    expectNone(content, keys());
    if (name !== 'jobs') expectNone(content, [prompt]);
  }
});

test('Redis holds no key and no prompt', async () => {
  await request('/api/chat/completions', tenant.key, { prompt, provider: 'stub' });
  const readers: Readonly<Record<string, (name: string) => Promise<unknown>>> = {
    string: (name) => redis.get(name),
    hash: (name) => redis.hgetall(name),
    zset: (name) => redis.zrange(name, 0, -1),
    set: (name) => redis.smembers(name),
    list: (name) => redis.lrange(name, 0, -1),
    // It has expired since its name was read, as those of other projects on the same Redis do.
    none: async () => null,
  };
  const names = (await redis.keys('*')).filter((name) => !earlierNames.has(name));
  expect(names.filter((name) => name.includes(tenant.tenantId))).not.toEqual([]);
  for (const name of names) {
    const content = await readers[await redis.type(name)]?.(name);
    expect(content).toBeDefined();
    expectNone(`${name}${JSON.stringify(content)}`, [...keys(), prompt]);
  }
});

test('messages in queues hold no key and no prompt', () => {
  expect(queueMessages.length).toBeGreaterThan(2);
  expectNone(queueMessages.join('\n'), [...keys(), prompt]);
});
