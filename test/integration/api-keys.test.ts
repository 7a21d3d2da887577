import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { hashKey } from '../../src/auth/hash-key.ts';
import { createApiKeyText } from '../../src/auth/key-format.ts';
import { KeyVerifier } from '../../src/auth/key-verifier.ts';
import { findPrincipalByKeyHash } from '../../src/db/queries/principals.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { parseEnv } from '../../src/env.ts';
import { createServices } from '../../src/services.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database, post, send, variables } from './gateway.ts';
import { type Json, queryData, queryError } from './graphql.ts';

let admin: Awaited<ReturnType<typeof createTenant>>;
let tenantId: string;

beforeAll(async () => {
  admin = await createTenant({ scopes: ['admin'] });
  ({ tenantId } = await createTenant());
});

interface CreatedKey {
  readonly key: string;
  readonly apiKey: Json & { readonly id: string };
}

const fields =
  'id name start scopes allowedProviders allowedModels strict expiresAt revokedAt rotatedFrom lastUsedAt limits { requestsPerMinute dailyBudget }';
const create = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { ${fields} } } }`;
const rotate = `mutation ($id: ID!, $overlap: Int!) { rotateApiKey(id: $id, overlapSeconds: $overlap) { key apiKey { ${fields} } } }`;
const revoke = 'mutation ($id: ID!) { revokeApiKey(id: $id) { revokedAt } }';
const update = `mutation ($id: ID!, $input: UpdateApiKeyInput!) { updateApiKey(id: $id, input: $input) { ${fields} } }`;

async function createKeyByMutation(input: Json = {}): Promise<CreatedKey> {
  const queryVariables = { input: { tenantId, name: 'made', ...input } };
  return (await queryData<{ createApiKey: CreatedKey }>(admin.key, create, queryVariables)).createApiKey;
}

const chat = (key: string, body: object = {}) =>
  post('/api/chat/completions', { prompt: 'Hi', provider: 'stub', ...body }, { 'x-api-key': key });
const rowOf = async (id: string) => (await database.select().from(apiKeys).where(eq(apiKeys.id, id)))[0];

describe('a new key', () => {
  test('is shown once, is stored as its SHA-256, and works', async () => {
    const { key, apiKey } = await createKeyByMutation();
    expect(key).toMatch(/^aia_[0-9A-Za-z]{46}$/);
    expect(apiKey).toMatchObject({
      name: 'made',
      start: key.slice(0, 8),
      scopes: ['chat', 'jobs', 'read'],
      strict: false,
    });
    const row = await rowOf(apiKey.id);
    expect(row?.keyHash).toBe(await hashKey(key));
    expect(JSON.stringify({ ...row, dailyBudgetNanoUsd: null })).not.toContain(key.slice(8, 40));
    expect((await chat(key)).status).toBe(200);
    const list = await queryData(admin.key, 'query ($id: ID!) { apiKeys(tenantId: $id) { id start } }', {
      id: tenantId,
    });
    expect(JSON.stringify(list)).toContain(apiKey.id);
    expect(JSON.stringify(list)).not.toContain(key.slice(0, 12));
  });

  test('has the properties of its input', async () => {
    const properties = {
      scopes: ['read', 'chat'],
      allowedProviders: ['anthropic', 'stub'],
      allowedModels: ['stub'],
      strict: true,
    };
    const { apiKey } = await createKeyByMutation({
      ...properties,
      expiresAt: '2099-01-01T00:00:00Z',
      limits: { requestsPerMinute: 3, dailyBudget: 0.25 },
    });
    expect(apiKey).toMatchObject({
      ...properties,
      allowedProviders: ['claude', 'stub'],
      expiresAt: '2099-01-01T00:00:00.000Z',
      limits: { requestsPerMinute: 3, dailyBudget: 0.25 },
    });
  });

  test.each<[string, Json, string, string]>([
    ['an unknown tenant', { tenantId: 'ten_nobody' }, 'not_found', 'ten_nobody'],
    ['a scope that there is not', { scopes: ['all'] }, 'invalid_request', 'scopes[0]: must be a list of chat'],
    ['no scope', { scopes: [] }, 'invalid_request', 'scopes: must be a list of chat'],
    [
      'an unknown provider',
      { allowedProviders: ['grok'] },
      'invalid_request',
      '"grok" is unknown: did you mean "groq"?',
    ],
    ['a provider that is like no other', { allowedProviders: ['nonsense'] }, 'invalid_request', 'use some of openai'],
    [
      'an end in the past',
      { expiresAt: '2020-01-01T00:00:00Z' },
      'invalid_request',
      'expiresAt: must be in the future',
    ],
    ['no name', { name: '' }, 'invalid_request', 'name: must be'],
  ])('is refused for %s', async (_, input, code, message) => {
    const refusal = await queryError(admin.key, create, { input: { tenantId, name: 'x', ...input } });
    expect(refusal).toEqual([code, expect.stringContaining(message)]);
  });

  test('warns of models that are neither a route nor a known model, and takes them', async () => {
    const models = ['gpt-4o', 'gtp-4o-mini', 'my-own'];
    const warned = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id allowedModels warnings } } }`;
    const input = { tenantId, name: 'warned', allowedModels: models };
    interface Warned {
      readonly createApiKey: { readonly apiKey: { readonly id: string } };
    }
    const { createApiKey } = await queryData<Warned>(admin.key, warned, { input });
    expect(createApiKey.apiKey).toMatchObject({
      allowedModels: models,
      warnings: [
        'allowedModels[1]: "gtp-4o-mini" is neither a route nor a known model: did you mean "gpt-4o-mini"?',
        'allowedModels[2]: "my-own" is neither a route nor a known model.',
      ],
    });
    const route = 'mutation ($input: SetRouteInput!) { setRoute(input: $input) { version } }';
    const targets = [{ provider: 'stub', model: 'stub' }];
    await queryData(admin.key, route, { input: { name: 'my-own', tenantId, targets } });
    const change =
      'mutation ($id: ID!, $models: [String!]) { updateApiKey(id: $id, input: { allowedModels: $models }) { warnings } }';
    const warningsOf = (models: readonly string[] | null) =>
      queryData(admin.key, change, { id: createApiKey.apiKey.id, models });
    expect(await warningsOf(['my-own', 'gpt-4o'])).toEqual({ updateApiKey: { warnings: [] } });
    expect(await warningsOf(null)).toEqual({ updateApiKey: { warnings: [] } });
  });

  test("has limits within its tenant's", async () => {
    const other = await createTenant();
    const limits = { requestsPerMinute: 10, monthlyBudget: 1 };
    const limit =
      'mutation ($id: ID!, $limits: LimitsInput!) { updateTenant(id: $id, input: { limits: $limits }) { id } }';
    await queryData(admin.key, limit, { id: other.tenantId, limits });
    const { apiKey } = await createKeyByMutation({ tenantId: other.tenantId, limits: { requestsPerMinute: 10 } });
    for (const [above, message] of [
      [{ requestsPerMinute: 11 }, "the key's 11 is above its tenant's 10"],
      [{ monthlyBudget: 1.000000001 }, "the key's $1.000000001 is above its tenant's $1"],
    ] as const) {
      const refused = ['invalid_request', expect.stringContaining(message)];
      expect(
        await queryError(admin.key, create, { input: { tenantId: other.tenantId, name: 'x', limits: above } }),
      ).toEqual(refused);
      expect(await queryError(admin.key, update, { id: apiKey.id, input: { limits: above } })).toEqual(refused);
    }
  });
});

describe('the models and providers of a key', () => {
  const calls: [string, (key: string, body: object) => Promise<Response>][] = [
    ['POST /api/chat/completions', chat],
    ['POST /stream', (key, body) => post('/stream', { prompt: 'Hi', ...body }, { 'x-api-key': key })],
    ['POST /api/jobs', (key, body) => post('/api/jobs', { input: 'Hi', ...body }, { 'x-api-key': key })],
  ];

  test.each(calls)('apply to %s', async (_, call) => {
    const { key } = await createKeyByMutation({ allowedProviders: ['stub'], allowedModels: ['stub', 'gpt-4o'] });
    expect((await call(key, { provider: 'stub', model: 'stub' })).status).toBeLessThan(300);
    for (const [body, message] of [
      [{ provider: 'openai', model: 'gpt-4o' }, 'provider "openai" is not allowed to this API key: it may use stub.'],
      [
        { provider: 'stub', model: 'stub-slow' },
        'model: "stub-slow" is not allowed to this API key: it may use stub, gpt-4o.',
      ],
    ] as const) {
      const refused = await call(key, body);
      expect([refused.status, await refused.json()]).toMatchObject([403, { error: { code: 'forbidden', message } }]);
    }
  });

  test('apply to a job when it runs, not when it is created', async () => {
    const { key, apiKey } = await createKeyByMutation();
    const countQueries = { input: '[[scenario:paced ms=100 chunks=1]]', provider: 'openai' };
    const services = createServices(parseEnv(env));
    const { runJob } = await import('../../src/jobs/run-job.ts');
    const { submitJobs } = await import('../../src/jobs/submit-jobs.ts');
    const principal = await findPrincipalByKeyHash(database, await hashKey(key));
    if (!principal) throw new Error('no caller');
    const jobs = { ...services.jobs, enqueue: async () => undefined };
    const request = {
      messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: countQueries.input }] }],
    };
    const [submitted] = await submitJobs(jobs, principal, [{ type: 'TEXT', provider: 'openai', request }]);
    const id = submitted?.job.id ?? '';
    await queryData(admin.key, update, { id: apiKey.id, input: { allowedProviders: ['stub'] } });
    await runJob(jobs, id);
    const job = await (await send(`/api/jobs/${id}`, { headers: { 'x-api-key': key } })).json();
    expect(job).toMatchObject({ status: 'FAILED', error: { code: 'forbidden' }, attemptCount: 1 });
  });
});

describe('a rotation', () => {
  test('creates a key with the properties of the old one; both work until the overlap ends', async () => {
    const old = await createKeyByMutation({
      scopes: ['chat'],
      allowedModels: ['stub'],
      strict: true,
      limits: { requestsPerMinute: 9 },
      expiresAt: '2099-01-01T00:00:00Z',
    });
    const { rotateApiKey: fresh } = await queryData<{ rotateApiKey: CreatedKey }>(admin.key, rotate, {
      id: old.apiKey.id,
      overlap: 60,
    });
    expect(fresh.apiKey).toEqual({
      ...old.apiKey,
      id: fresh.apiKey.id,
      start: fresh.key.slice(0, 8),
      rotatedFrom: old.apiKey.id,
    });
    const body = { model: 'stub' };
    expect([(await chat(old.key, body)).status, (await chat(fresh.key, body)).status]).toEqual([200, 200]);
    const endsInMs = ((await rowOf(old.apiKey.id))?.expiresAt?.getTime() ?? 0) - Date.now();
    expect(endsInMs).toBeGreaterThan(50_000);
    expect(endsInMs).toBeLessThan(61_000);
    await database
      .update(apiKeys)
      .set({ expiresAt: sql`now() - interval '1 second'` })
      .where(eq(apiKeys.id, old.apiKey.id));
    expect(await findPrincipalByKeyHash(database, await hashKey(old.key))).toBeUndefined();
    expect(await findPrincipalByKeyHash(database, await hashKey(fresh.key))).toMatchObject({ keyId: fresh.apiKey.id });
  });

  test('ends the old key at once without an overlap, and never later than it would have ended', async () => {
    const [now, soon] = [
      await createKeyByMutation(),
      await createKeyByMutation({ expiresAt: new Date(Date.now() + 30_000).toISOString() }),
    ];
    await queryData(admin.key, rotate, { id: now.apiKey.id, overlap: 0 });
    expect((await chat(now.key)).status).toBe(401);
    const before = (await rowOf(soon.apiKey.id))?.expiresAt;
    await queryData(admin.key, rotate, { id: soon.apiKey.id, overlap: 86_400 });
    expect((await rowOf(soon.apiKey.id))?.expiresAt).toEqual(before);
  });

  test('is refused for a key that has ended, and for more than 30 days', async () => {
    const { apiKey } = await createKeyByMutation();
    for (const overlap of [-1, 30 * 86_400 + 1]) {
      const refusal = await queryError(admin.key, rotate, { id: apiKey.id, overlap });
      expect(refusal).toEqual(['invalid_request', expect.stringContaining('2592000 (30 days)')]);
    }
    await queryData(admin.key, revoke, { id: apiKey.id });
    expect((await queryError(admin.key, rotate, { id: apiKey.id, overlap: 60 }))[0]).toBe('conflict');
    expect((await queryError(admin.key, rotate, { id: 'key_nobody', overlap: 60 }))[0]).toBe('not_found');
  });
});

describe('a revocation', () => {
  test('is permanent, and keeps its time', async () => {
    const { key, apiKey } = await createKeyByMutation();
    const first = await queryData(admin.key, revoke, { id: apiKey.id });
    expect(first).toEqual({ revokeApiKey: { revokedAt: expect.any(String) } });
    expect(await queryData(admin.key, revoke, { id: apiKey.id })).toEqual(first);
    expect((await chat(key)).status).toBe(401);
  });

  test('reaches a verifier that caches the key within five seconds', async () => {
    const { key, apiKey } = await createKeyByMutation();
    let now = Date.now();
    const background: Promise<unknown>[] = [];
    const findPrincipal = (keyHash: string) => findPrincipalByKeyHash(database, keyHash);
    const verifier = new KeyVerifier({
      findPrincipal,
      canBeKey: () => true,
      recordUse: () => undefined,
      now: () => now,
    });
    const verify = () => verifier.verify(key, (work) => background.push(work));
    expect(await verify()).toBeDefined();
    await queryData(admin.key, revoke, { id: apiKey.id });
    const revokedAt = now;
    while ((await verify()) !== undefined && now - revokedAt < 10_000) {
      await Promise.all(background.splice(0));
      now += 100;
    }
    expect(now - revokedAt).toBeLessThanOrEqual(5_000);
  });

  test('and a narrowing are refused for the requesting key, so that an administrator remains', async () => {
    expect((await queryError(admin.key, revoke, { id: admin.keyId }))[0]).toBe('conflict');
    const narrow = { id: admin.keyId, input: { scopes: ['read'] } };
    expect((await queryError(admin.key, update, narrow))[0]).toBe('conflict');
    const rename = { id: admin.keyId, input: { name: 'ops' } };
    expect(await queryData(admin.key, update, rename)).toMatchObject({
      updateApiKey: { name: 'ops', scopes: ['admin'] },
    });
  });
});

test('an update keeps omitted fields, and null removes a restriction or an expiry', async () => {
  const { apiKey } = await createKeyByMutation({
    allowedModels: ['stub'],
    strict: true,
    limits: { requestsPerMinute: 4 },
    expiresAt: '2099-01-01T00:00:00Z',
  });
  const change = async (input: Json) =>
    (await queryData<{ updateApiKey: Json }>(admin.key, update, { id: apiKey.id, input })).updateApiKey;
  expect(await change({ name: 'renamed' })).toEqual({ ...apiKey, name: 'renamed' });
  expect(await change({ strict: null })).toEqual({ ...apiKey, name: 'renamed' });
  expect(await change({ strict: false })).toMatchObject({ strict: false, name: 'renamed' });
  expect(
    await change({ strict: true, allowedModels: null, expiresAt: null, limits: { requestsPerMinute: null } }),
  ).toEqual({
    ...apiKey,
    name: 'renamed',
    allowedModels: null,
    expiresAt: null,
    limits: { requestsPerMinute: null, dailyBudget: null },
  });
});

test('a use is recorded after the reply, at most once a minute', async () => {
  const { key, apiKey } = await createKeyByMutation();
  await chat(key);
  const first = await waitFor(async () => {
    const lastUsedAt = (await rowOf(apiKey.id))?.lastUsedAt;
    expect(lastUsedAt).toBeInstanceOf(Date);
    return lastUsedAt;
  });
  const { touchApiKey } = await import('../../src/db/queries/principals.ts');
  await touchApiKey(database, apiKey.id);
  expect((await rowOf(apiKey.id))?.lastUsedAt).toEqual(first);
  await database
    .update(apiKeys)
    .set({ lastUsedAt: sql`now() - interval '61 seconds'` })
    .where(eq(apiKeys.id, apiKey.id));
  await touchApiKey(database, apiKey.id);
  expect((await rowOf(apiKey.id))?.lastUsedAt?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Infinity);
});

describe('a key with a wrong checksum', () => {
  const statements = vi.spyOn(globalThis, 'fetch');
  const countStatements = () =>
    statements.mock.calls.filter(([url]) => String(url) === variables.DATABASE_HTTP_URL).length;

  test.each(['local', 'deployed'])('is refused without a look-up, %s', async (environment) => {
    const { keys } = createServices(parseEnv({ ...env, ENVIRONMENT: environment }));
    const before = countStatements();
    const key = createApiKeyText();
    const wrong = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    expect(await keys.verify(wrong, () => undefined)).toBeUndefined();
    expect(countStatements()).toBe(before);
    await keys.verify(key, () => undefined);
    expect(countStatements()).toBe(before + 1);
  });

  test('differs from a key of another form, which only a local gateway looks up', async () => {
    const { keys } = createServices(parseEnv({ ...env, ENVIRONMENT: 'deployed' }));
    const before = countStatements();
    for (const text of ['dev-api-key-12345', admin.key, 'garbage']) {
      expect(await keys.verify(text, () => undefined)).toBeUndefined();
    }
    expect(countStatements()).toBe(before);
    const local = createServices(parseEnv(env)).keys;
    expect(await local.verify(admin.key, () => undefined)).toMatchObject({ keyId: admin.keyId });
  });
});
