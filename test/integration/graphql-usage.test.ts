import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { usageLedger } from '../../src/db/schema/usage-ledger.ts';
import { newId } from '../../src/domain/ids.ts';
import { createTenant, database } from './gateway.ts';
import { type Json, queryData, queryError } from './graphql.ts';

const usage = `query ($from: DateTime!, $to: DateTime!, $groupBy: [UsageDimension!], $tenantId: ID) {
  usage(from: $from, to: $to, groupBy: $groupBy, tenantId: $tenantId) {
    provider model day hour keyId source tenantId requests errors tokensIn tokensOut cacheReadTokens cacheWriteTokens
    cacheHitRate reasoningTokens cost unpricedRequests timeToFirstByteMs { p50 p95 } } }`;
const june = { from: '2026-06-01T00:00:00Z', to: '2026-07-01T00:00:00Z' };

let tenant: Awaited<ReturnType<typeof createTenant>>;
let other: Awaited<ReturnType<typeof createTenant>>;
let admin: Awaited<ReturnType<typeof createTenant>>;

async function book(tenantId: string, startedAt: string, row: Partial<typeof usageLedger.$inferInsert> = {}) {
  await database.insert(usageLedger).values({
    requestId: newId('req'),
    tenantId,
    keyId: 'key_a',
    source: 'sync',
    provider: 'openai',
    model: 'gpt-4o-mini',
    status: 'completed',
    tokenSource: 'provider',
    inputTokens: 100,
    outputTokens: 10,
    costNanoUsd: 21_000n,
    createdAt: new Date(startedAt),
    firstByteMs: 100,
    totalMs: 200,
    ...row,
  });
}

beforeAll(async () => {
  [tenant, other, admin] = await Promise.all([createTenant(), createTenant(), createTenant()]);
  await database
    .update(apiKeys)
    .set({ scopes: ['admin'] })
    .where(eq(apiKeys.id, admin.keyId));
  await book(tenant.tenantId, '2026-06-10T08:15:00Z', { cacheReadTokens: 40, reasoningTokens: 3 });
  await book(tenant.tenantId, '2026-06-10T09:15:00Z', { provider: 'claude', model: 'claude-haiku-4-5', source: 'job' });
  await book(tenant.tenantId, '2026-06-11T08:15:00Z', { status: 'failed', costNanoUsd: null, firstByteMs: 1000 });
  await book(other.tenantId, '2026-06-10T08:15:00Z', { costNanoUsd: 1n });
});

async function queryUsage(key: string, variables: Json): Promise<Json[]> {
  return (await queryData<{ usage: Json[] }>(key, usage, { ...june, ...variables })).usage;
}

describe('usage', () => {
  test('is summed over a period, with the times to the first byte', async () => {
    const [sum, ...rest] = await queryUsage(tenant.key, {});
    expect(rest).toEqual([]);
    expect(sum).toEqual({
      provider: null,
      model: null,
      day: null,
      hour: null,
      keyId: null,
      source: null,
      tenantId: null,
      requests: 3,
      errors: 1,
      tokensIn: 300,
      tokensOut: 30,
      cacheReadTokens: 40,
      cacheWriteTokens: 0,
      cacheHitRate: 40 / 300,
      reasoningTokens: 3,
      cost: 0.000042,
      unpricedRequests: expect.any(Number),
      // 100, 100 and 1000, off by less than a fifth.
      timeToFirstByteMs: { p50: expect.closeTo(100, -1.4), p95: expect.closeTo(1000, -2.4) },
    });
  });

  test('can be grouped by each dimension, and by several', async () => {
    const by = async (...groupBy: string[]) => await queryUsage(tenant.key, { groupBy });
    expect(await by('PROVIDER', 'MODEL')).toMatchObject([
      { provider: 'claude', model: 'claude-haiku-4-5', requests: 1, day: null },
      { provider: 'openai', model: 'gpt-4o-mini', requests: 2 },
    ]);
    expect(await by('DAY')).toMatchObject([
      { day: '2026-06-10T00:00:00.000Z', requests: 2 },
      { day: '2026-06-11T00:00:00.000Z', requests: 1 },
    ]);
    expect(await by('HOUR')).toMatchObject([
      { hour: '2026-06-10T08:00:00.000Z' },
      { hour: '2026-06-10T09:00:00.000Z' },
      { hour: '2026-06-11T08:00:00.000Z' },
    ]);
    expect(await by('KEY', 'SOURCE')).toMatchObject([
      { keyId: 'key_a', source: 'job', requests: 1 },
      { keyId: 'key_a', source: 'sync', requests: 2 },
    ]);
  });

  test('of other tenants requires the scope admin, by group and by id', async () => {
    for (const variables of [{ groupBy: ['TENANT'] }, { tenantId: other.tenantId }, { tenantId: 'ten_nobody' }]) {
      expect(await queryError(tenant.key, usage, { ...june, ...variables })).toEqual(['forbidden', expect.any(String)]);
    }
    expect(await queryUsage(tenant.key, { tenantId: tenant.tenantId })).toMatchObject([{ requests: 3 }]);
    expect(await queryUsage(admin.key, {})).toMatchObject([{ requests: 0 }]);
    expect(await queryUsage(admin.key, { tenantId: other.tenantId })).toMatchObject([{ requests: 1, cost: 1e-9 }]);
    const everyone = await queryUsage(admin.key, { groupBy: ['TENANT'] });
    expect(
      everyone.filter(({ tenantId }) => [tenant.tenantId, other.tenantId].includes(String(tenantId))),
    ).toHaveLength(2);
    expect(await queryUsage(admin.key, { groupBy: ['TENANT'], tenantId: tenant.tenantId })).toMatchObject([
      { tenantId: tenant.tenantId, requests: 3 },
    ]);
  });

  test.each([
    [{ to: june.from }, /^from: must be before to/],
    [{ from: '2025-01-01T00:00:00Z' }, /366 days/],
    [{ from: 'yesterday' }, /DateTime is ISO 8601/],
    [{ from: '2026-06-01' }, /DateTime is ISO 8601/],
  ])('%j is refused', async (variables, message) => {
    const [code, reported] = await queryError(tenant.key, usage, { ...june, ...variables });
    expect([code, reported]).toEqual(['invalid_request', expect.stringMatching(message)]);
  });
});

test('me returns the spend of today and of this month in UTC', async () => {
  const own = await createTenant();
  const now = new Date();
  const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  await book(own.tenantId, now.toISOString(), { costNanoUsd: 1_000_000n });
  await book(own.tenantId, month.toISOString(), { costNanoUsd: 2_000_000n });
  await book(own.tenantId, new Date(month.getTime() - 1).toISOString(), { costNanoUsd: 4_000_000n });
  const { me } = await queryData<{ me: Json }>(own.key, '{ me { spend { today thisMonth } apiKey { id scopes } } }');
  expect(me).toMatchObject({ spend: { thisMonth: 0.003 }, apiKey: { id: own.keyId } });
  expect((me.spend as Json).today).toBe(now.getUTCDate() === 1 ? 0.003 : 0.001);
  expect((me.apiKey as { scopes: string[] }).scopes).not.toContain('admin');
});

test('providers list their models with their prices', async () => {
  const document = '{ providers { id enabled defaultModel models { id inputPrice outputPrice cacheReadPrice } } }';
  const { providers } = await queryData<{ providers: (Json & { models: Json[] })[] }>(tenant.key, document);
  const modelOf = (provider: string, model: string) =>
    providers.find(({ id }) => id === provider)?.models.find(({ id }) => id === model);
  expect(modelOf('openai', 'gpt-4o-mini')).toEqual({
    id: 'gpt-4o-mini',
    inputPrice: 0.15,
    outputPrice: 0.6,
    cacheReadPrice: 0.075,
  });
  expect(modelOf('claude', 'claude-haiku-4-5')).toMatchObject({ inputPrice: 1, outputPrice: 5, cacheReadPrice: 0.1 });
  expect(modelOf('stub', 'stub')).toMatchObject({ inputPrice: 0, outputPrice: 0 });
  expect(modelOf('acme', 'acme-large')).toMatchObject({ inputPrice: null, outputPrice: null });
  expect(providers.slice(0, 6).map(({ id, defaultModel }) => [id, defaultModel])).toEqual([
    ['openai', 'gpt-4o-mini'],
    ['claude', 'claude-haiku-4-5'],
    ['ollama', 'llama3.2'],
    ['stub', 'stub'],
    ['acme', 'acme-large'],
    ['plain', 'plain-large'],
  ]);
});
