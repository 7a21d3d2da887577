import { and, eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { findStoredRequests, sumBudgetCharges } from '../../src/db/queries/budget-charges.ts';
import { findLedgerCost, sumLedger } from '../../src/db/queries/charges.ts';
import { findRollupDifferences, repairRollups } from '../../src/db/queries/reconciliation.ts';
import { insertLedgerRows } from '../../src/db/queries/usage-ledger.ts';
import { sumUsage, type UsageDimension } from '../../src/db/queries/usage-rollups.ts';
import { usageRollups } from '../../src/db/schema/usage-rollups.ts';
import { newId } from '../../src/domain/ids.ts';
import { toLedgerRow, type UsageRecord } from '../../src/usage/usage-record.ts';
import { buildUsageRecord } from '../support/usage-record.ts';
import { createTenant, database, ledgerRows } from './gateway.ts';
import { type Json, queryData } from './graphql.ts';

/** In hours and days in which no other test has requests. */
const createdAt = '2026-02-10T08:59:59.123Z';
const period = { from: new Date('2026-02-10T00:00:00Z'), to: new Date('2026-02-12T00:00:00Z') };

let tenant: Awaited<ReturnType<typeof createTenant>>;

beforeEach(async () => {
  tenant = await createTenant();
});

const write = (...records: UsageRecord[]) => insertLedgerRows(database, records.map(toLedgerRow));

const build = (changes: Partial<UsageRecord>) =>
  buildUsageRecord({ tenantId: tenant.tenantId, keyId: tenant.keyId, createdAt, ...changes });

/** A request that two providers have failed, one of them in the middle of its reply, and a third one has answered. */
function buildAttempts(requestId = newId('req')): UsageRecord[] {
  const failed = {
    requestId,
    status: 'failed',
    errorCode: 'provider_error',
    finishReason: null,
    isLast: false,
  } as const;
  const withoutCounts = { inputTokens: null, outputTokens: null, costNanoUsd: 0n, firstByteMs: null } as const;
  return [
    build({ ...failed, ...withoutCounts, attempt: 1, provider: 'openai' }),
    build({ ...failed, attempt: 2, provider: 'claude', inputTokens: 10, costNanoUsd: 500n, firstByteMs: 10 }),
    build({ requestId, attempt: 3, provider: 'groq', inputTokens: 20, costNanoUsd: 1_000n, firstByteMs: 1_000 }),
  ];
}

async function queryUsage(groupBy: readonly UsageDimension[]): Promise<Json[]> {
  const document = `query ($from: DateTime!, $to: DateTime!, $groupBy: [UsageDimension!]) {
    usage(from: $from, to: $to, groupBy: $groupBy) {
      provider requests errors attempts failedAttempts tokensIn cost timeToFirstByteMs { p50 p95 } } }`;
  const variables = { from: period.from.toISOString(), to: period.to.toISOString(), groupBy };
  return (await queryData<{ usage: Json[] }>(tenant.key, document, variables)).usage;
}

const ownDifferences = async () =>
  (await findRollupDifferences(database, period)).filter(({ tenantId }) => tenantId === tenant.tenantId);

describe('a request with several attempts', () => {
  test('counts once, by its last attempt, and costs what all attempts cost', async () => {
    await write(...buildAttempts(), build({ provider: 'openai', status: 'failed', inputTokens: 1, costNanoUsd: 7n }));
    const expected = { requests: 2, errors: 1, attempts: 4, failedAttempts: 3, tokensIn: 31, cost: 0.000001507 };
    expect(await queryUsage([])).toMatchObject([expected]);
    const slow = expect.closeTo(1000, -2.4);
    expect(await queryUsage(['PROVIDER'])).toMatchObject([
      { provider: 'claude', requests: 0, errors: 0, attempts: 1, failedAttempts: 1, timeToFirstByteMs: { p50: null } },
      { provider: 'groq', requests: 1, errors: 0, attempts: 1, failedAttempts: 0, timeToFirstByteMs: { p50: slow } },
      { provider: 'openai', requests: 1, errors: 1, attempts: 2, failedAttempts: 2 },
    ]);
    // By hour the sums come from another table than by day.
    const [byDay] = await sumUsage(database, { ...period, tenantId: tenant.tenantId, groupBy: ['DAY'], limit: 10 });
    const [byHour] = await sumUsage(database, { ...period, tenantId: tenant.tenantId, groupBy: ['HOUR'], limit: 10 });
    expect({ ...byDay, day: null }).toEqual({ ...byHour, hour: null });
  });

  test('is the same rows, however often and in any order its attempts are delivered', async () => {
    const attempts = buildAttempts();
    await write(...attempts.slice(1));
    await Promise.all([write(...attempts.toReversed()), write(...attempts), write(...attempts, ...attempts)]);
    const rows = await ledgerRows(tenant.tenantId, 3);
    expect(rows.map(({ attempt, isLast }) => [attempt, isLast]).toSorted()).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
    expect(await queryUsage([])).toMatchObject([{ requests: 1, attempts: 3, cost: 0.0000015 }]);
  });

  test('agrees with the ledger, and its rollups are repaired exactly', async () => {
    await write(...buildAttempts(), build({ provider: 'groq' }));
    expect(await ownDifferences()).toEqual([]);
    const before = await queryUsage(['PROVIDER']);
    const isOf = (provider: string) =>
      and(eq(usageRollups.tenantId, tenant.tenantId), eq(usageRollups.provider, provider));
    await database.delete(usageRollups).where(isOf('claude'));
    await database.update(usageRollups).set({ retriedAttempts: 5, failedRetriedAttempts: 4 }).where(isOf('openai'));
    await database.update(usageRollups).set({ requests: 5 }).where(isOf('groq'));
    expect((await ownDifferences()).map(({ provider, rollup }) => [provider, rollup?.requests])).toEqual([
      ['claude', undefined],
      ['groq', 5],
      ['openai', 0],
    ]);
    await repairRollups(database, period);
    expect(await ownDifferences()).toEqual([]);
    expect(await queryUsage(['PROVIDER'])).toEqual(before);
  });

  test('is counted once in the sum that reconciliation compares', async () => {
    const hour = { from: new Date('2026-02-20T10:00:00Z'), to: new Date('2026-02-20T11:00:00Z') };
    const before = await sumLedger(database, hour);
    const [first, ...others] = buildAttempts().map((attempt) => ({
      ...attempt,
      createdAt: '2026-02-20T10:30:00.000Z',
    }));
    await write({ ...build({}), ...first, costNanoUsd: null }, ...others);
    expect(await sumLedger(database, hour)).toEqual({
      requests: before.requests + 1,
      costNanoUsd: before.costNanoUsd + 1_500n,
      unpricedRequests: before.unpricedRequests + 1,
    });
  });

  test('costs in budgets what all attempts cost', async () => {
    const requestId = newId('req');
    await write(...buildAttempts(requestId));
    const { tenantId } = tenant;
    // The end lies within the hour, so that one sum is read from the rollups and one from the ledger.
    for (const before of [new Date('2026-02-10T08:59:59.999Z'), period.to]) {
      const query = { tenantId, scope: 'tenant', scopeId: tenantId, from: period.from, before } as const;
      expect(await sumBudgetCharges(database, { ...query, requestIds: [requestId, 'req_absent'] })).toEqual({
        chargedNanoUsd: 1_500n,
        storedIds: [requestId],
      });
    }
  });

  test('is stored once its last attempt is', async () => {
    const [first, second, last] = buildAttempts();
    if (!first || !second || !last) throw new Error('no attempts');
    await write(first, second);
    expect(await findStoredRequests(database, [first.requestId])).toEqual([]);
    await write(last);
    expect(await findStoredRequests(database, [first.requestId])).toEqual([first.requestId]);
  });

  test('has the cost of all attempts, and none if that of one is unknown', async () => {
    const attempts = buildAttempts();
    await write(...attempts);
    expect(await findLedgerCost(database, attempts[0]?.requestId ?? '')).toBe(1_500n);
    const [first, ...others] = buildAttempts();
    await write({ ...build({}), ...first, costNanoUsd: null }, ...others);
    expect(await findLedgerCost(database, first?.requestId ?? '')).toBeNull();
    expect(await findLedgerCost(database, newId('req'))).toBeUndefined();
  });
});

test('a day that has only attempts of requests counted elsewhere stays when one of its hours is removed', async () => {
  const [attempt] = buildAttempts();
  const later = { requestId: newId('req'), createdAt: '2026-02-10T15:00:00.000Z' };
  await write({ ...build({}), ...attempt }, { ...build({}), ...attempt, ...later });
  await database.execute(sql`DELETE FROM usage_rollups WHERE tenant_id = ${tenant.tenantId}
    AND hour = ${'2026-02-10T08:00:00Z'}::timestamptz`);
  expect(await queryUsage([])).toMatchObject([{ requests: 0, attempts: 1, failedAttempts: 1 }]);
});
