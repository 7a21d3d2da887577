import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { parseEnv } from '../../src/env.ts';
import { createGraphQlServer } from '../../src/graphql/server.ts';
import { createServices } from '../../src/services.ts';
import { waitFor } from '../support/wait-for.ts';
import { createKey, createTenant, database, ledgerRows, post } from './gateway.ts';
import { type Json, queryData, queryError, sendQuery } from './graphql.ts';

const fields = 'remaining { requestsPerMinute tokensPerMinute concurrency dailyBudget monthlyBudget }';
const ownQuery = `{ me { limits { ${fields} } apiKey { limits { ${fields} } endUserLimits { ${fields} } } } }`;
const listQuery = `query ($id: ID!, $near: Float) { apiKeys(tenantId: $id, nearLimit: $near) { id limits { ${fields} } } }`;

interface Own {
  readonly me: {
    readonly limits: { readonly remaining: Json };
    readonly apiKey: { readonly limits: { readonly remaining: Json }; readonly endUserLimits: Json };
  };
}

const chat = (key: string) =>
  post('/api/chat/completions', { prompt: 'Hi', provider: 'openai', maxTokens: 10 }, { 'x-api-key': key });

let admin: string;
let busy: Awaited<ReturnType<typeof createTenant>>;
let idle: Awaited<ReturnType<typeof createKey>>;

beforeAll(async () => {
  admin = (await createTenant({ scopes: ['admin'] })).key;
  busy = await createTenant({ scopes: ['chat'], requestsPerMinute: 6, dailyBudgetNanoUsd: 1_000_000n });
  idle = await createKey(busy.tenantId, { requestsPerMinute: 6, endUserConcurrency: 2 });
  await createKey(busy.tenantId);
  const revoked = await createKey(busy.tenantId, { requestsPerMinute: 0, revokedAt: new Date() });
  expect(revoked.keyId).toMatch(/^key_/);
  await database.update(tenants).set({ monthlyBudgetNanoUsd: 2_000_000n }).where(eq(tenants.id, busy.tenantId));
});

const unlimited = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
  dailyBudget: null,
  monthlyBudget: null,
};

describe('what is left of limits in GraphQL', () => {
  test('is the whole limit before a request, for a key without the scope read', async () => {
    const { me } = await queryData<Own>(busy.key, ownQuery);
    expect(me.limits.remaining).toEqual({ ...unlimited, monthlyBudget: 0.002 });
    expect(me.apiKey.limits.remaining).toEqual({ ...unlimited, requestsPerMinute: 6, dailyBudget: 0.001 });
    expect(me.apiKey.endUserLimits).toEqual({ remaining: null });
  });

  test('goes down with requests, for the key and its tenant', async () => {
    for (let sent = 0; sent < 5; sent += 1) expect((await chat(busy.key)).status).toBe(200);
    const rows = await ledgerRows(busy.tenantId, 5);
    const spent = rows.reduce((sum, { costNanoUsd }) => sum + Number(costNanoUsd), 0) / 1e9;
    expect(spent).toBeGreaterThan(0);
    await waitFor(async () => {
      const { me } = await queryData<Own>(busy.key, ownQuery);
      expect(me.apiKey.limits.remaining.requestsPerMinute).toBeLessThanOrEqual(1);
      expect(me.apiKey.limits.remaining.dailyBudget).toBeLessThanOrEqual(0.001 - spent + 1e-12);
      expect(me.limits.remaining.monthlyBudget).toBeLessThanOrEqual(0.002 - spent + 1e-12);
      expect(me.apiKey.limits.remaining.dailyBudget).toBeGreaterThan(0);
    });
  });

  test('comes from the ledger for a budget that is set later', async () => {
    await database.update(apiKeys).set({ monthlyBudgetNanoUsd: 1_000_000n }).where(eq(apiKeys.id, busy.keyId));
    const rows = await ledgerRows(busy.tenantId, 5);
    const spentNanoUsd = rows.reduce((sum, { costNanoUsd }) => sum + Number(costNanoUsd), 0);
    const { apiKeys: list } = await queryData<{ apiKeys: { id: string; limits: { remaining: Json } }[] }>(
      admin,
      listQuery,
      { id: busy.tenantId },
    );
    expect(list).toHaveLength(4);
    const remaining = list.find(({ id }) => id === busy.keyId)?.limits.remaining;
    expect(remaining?.monthlyBudget).toBeCloseTo((1_000_000 - spentNanoUsd) / 1e9, 12);
    expect(list.find(({ id }) => id === idle.keyId)?.limits.remaining).toEqual({ ...unlimited, requestsPerMinute: 6 });
  });

  test('finds the valid keys near a limit', async () => {
    const near = await queryData<{ apiKeys: Json[] }>(admin, listQuery, { id: busy.tenantId, near: 0.8 });
    expect(near.apiKeys.map(({ id }) => id)).toEqual([busy.keyId]);
    const other = await createTenant();
    expect(await queryData(admin, listQuery, { id: other.tenantId, near: 0.8 })).toEqual({ apiKeys: [] });
  });

  test.each([0, -0.5, 1.01, 80])('a share of %s is an error that names the field', async (near) => {
    const [code, message] = await queryError(admin, listQuery, { id: busy.tenantId, near });
    expect([code, message]).toEqual([
      'invalid_request',
      expect.stringMatching(/^nearLimit: must be above 0 and at most 1/),
    ]);
  });

  test('is not shown to the keys of another tenant', async () => {
    const stranger = await createTenant();
    const { errors } = await sendQuery(stranger.key, listQuery, { id: busy.tenantId, near: 0.1 });
    expect(errors).toMatchObject([{ extensions: { code: 'forbidden' } }]);
    const node = `query ($id: ID!) { node(id: $id) { ... on ApiKey { limits { ${fields} } } ... on Tenant { limits { ${fields} } } } }`;
    for (const id of [busy.keyId, busy.tenantId]) {
      expect((await sendQuery(stranger.key, node, { id })).data ?? { node: null }).toEqual({ node: null });
    }
  });
});

describe('without Redis', () => {
  // Nothing listens on the port.
  const services = createServices(parseEnv({ ...env, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' }));
  const answer = createGraphQlServer({ ...services, introspection: true });

  async function ask(key: string, query: string, variables: Json = {}) {
    const principal = await services.keys.verify(key, () => undefined);
    if (!principal) throw new Error('the key is unknown');
    const body = JSON.stringify({ query, variables });
    const headers = { 'content-type': 'application/json' };
    const response = await answer(new Request('http://gateway.test/graphql', { method: 'POST', headers, body }), {
      principal,
      reauthenticate: async () => principal,
      waitUntil: () => undefined,
      onRefusedJob: () => undefined,
      requestId: 'req_1',
      signal: new AbortController().signal,
    });
    return await response.json<{ data: Json | null; errors?: { extensions: Json; message: string }[] }>();
  }

  test('is null, and the limits are there', async () => {
    const { data, errors } = await ask(busy.key, `{ me { apiKey { limits { requestsPerMinute ${fields} } } } }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ me: { apiKey: { limits: { requestsPerMinute: 6, remaining: null } } } });
  });

  test('is an error for the keys near a limit', async () => {
    const { errors } = await ask(admin, listQuery, { id: busy.tenantId, near: 0.5 });
    expect(errors).toMatchObject([{ message: expect.stringContaining('Redis'), extensions: { code: 'unavailable' } }]);
  });
});
