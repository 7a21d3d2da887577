import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { countJobs, listJobs } from '../../src/db/queries/jobs.ts';
import { insertLedgerRows, type LedgerRow } from '../../src/db/queries/usage-ledger.ts';
import { sumUsage } from '../../src/db/queries/usage-rollups.ts';
import { newId } from '../../src/domain/ids.ts';
import { createTenant, database } from './gateway.ts';

const hour = 3_600_000;
/** In the middle of a day, so that every span below has whole days and parts of days. */
const start = Date.UTC(2026, 2, 10, 13);

function call(tenantId: string, index: number): LedgerRow {
  return {
    requestId: newId('req'),
    tenantId,
    keyId: 'key_a',
    source: index % 2 === 0 ? 'sync' : 'stream',
    provider: 'openai',
    model: 'gpt-4o-mini',
    status: index % 5 === 0 ? 'failed' : 'completed',
    inputTokens: index,
    outputTokens: 2 * index,
    tokenSource: 'provider',
    costNanoUsd: index % 7 === 0 ? null : BigInt(index) * 1_000n,
    firstByteMs: index % 3 === 0 ? null : 10 * index,
    totalMs: 1,
    createdAt: new Date(start + index * hour),
  };
}

describe('usage by day', () => {
  const whole = { from: new Date(start), to: new Date(start + 100 * hour), limit: 1000 };
  /** The same by hour, added up here: hours are never answered from days. */
  async function byHour(tenantId: string) {
    const hours = await sumUsage(database, { ...whole, tenantId, groupBy: ['HOUR'] });
    const add = (read: (sum: (typeof hours)[number]) => number) => hours.reduce((sum, one) => sum + read(one), 0);
    return {
      requests: add(({ requests }) => requests),
      errors: add(({ errors }) => errors),
      inputTokens: add(({ inputTokens }) => inputTokens),
      outputTokens: add(({ outputTokens }) => outputTokens),
      unpricedRequests: add(({ unpricedRequests }) => unpricedRequests),
      costNanoUsd: hours.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n),
      firstByteCounts: hours.reduce<number[]>(
        (sums, { firstByteCounts }) => firstByteCounts.map((count, place) => count + (sums[place] ?? 0)),
        [],
      ),
    };
  }
  const byDay = async (tenantId: string) => (await sumUsage(database, { ...whole, tenantId, groupBy: [] }))[0];

  test('is what the hours are, from the middle of a day to the middle of another', async () => {
    const { tenantId } = await createTenant();
    await insertLedgerRows(
      database,
      Array.from({ length: 100 }, (_, index) => call(tenantId, index)),
    );
    const hours = await byHour(tenantId);
    expect(hours).toMatchObject({ requests: 100, errors: 20, inputTokens: 4_950, unpricedRequests: 15 });
    expect(await byDay(tenantId)).toMatchObject(hours);
    const days = await sumUsage(database, { ...whole, tenantId, groupBy: ['DAY'] });
    expect(days.map(({ requests }) => requests)).toEqual([11, 24, 24, 24, 17]);
  });

  test('follows hours that are changed, made and removed by hand', async () => {
    const { tenantId } = await createTenant();
    const rows = Array.from({ length: 100 }, (_, index) => call(tenantId, index));
    await insertLedgerRows(database, rows);
    await database.execute(sql`UPDATE usage_rollups SET requests = requests + 3, cost_nano_usd = cost_nano_usd - 5,
      first_byte_counts = add_counts(first_byte_counts, first_byte_counts) WHERE tenant_id = ${tenantId} AND source = 'sync'`);
    await database.execute(sql`DELETE FROM usage_rollups WHERE tenant_id = ${tenantId}
      AND hour >= ${new Date(start + 11 * hour).toISOString()}::timestamptz AND hour < ${new Date(start + 40 * hour).toISOString()}::timestamptz`);
    await database.execute(sql`INSERT INTO usage_rollups SELECT tenant_id, hour, 'key_b', provider, model, source, requests, errors,
      input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests,
      first_byte_counts FROM usage_rollups WHERE tenant_id = ${tenantId} AND source = 'stream'`);
    expect(await byDay(tenantId)).toMatchObject(await byHour(tenantId));
    const days = await sumUsage(database, { ...whole, tenantId, groupBy: ['DAY'] });
    // All hours of the second day are gone, and with them the day.
    expect(days.map(({ day }) => day?.toISOString().slice(8, 10))).toEqual(['10', '12', '13', '14']);
  });
});

describe('how many jobs there are', () => {
  const insert = (tenantId: string, count: number, at: string) =>
    database.execute(sql`INSERT INTO jobs (id, tenant_id, key_id, type, status, provider, model, created_at)
      SELECT ${newId('job')} || number, ${tenantId}, 'key_a', 'TEXT', 'COMPLETED', 'stub', 'stub', ${at}::timestamptz
      FROM generate_series(1, ${count}::int) AS number`);
  const counted = async (tenantId: string) => {
    const { rows } = await database.execute(sql`SELECT count(*)::int AS count FROM jobs WHERE tenant_id = ${tenantId}`);
    return [await countJobs(database, tenantId), rows[0]?.count];
  };

  test('is kept, through jobs that come at once and jobs that go', async () => {
    const { tenantId } = await createTenant();
    expect(await counted(tenantId)).toEqual([0, 0]);
    await Promise.all(Array.from({ length: 10 }, (_, index) => insert(tenantId, index, '2026-11-01')));
    expect(await counted(tenantId)).toEqual([45, 45]);
    await database.execute(sql`DELETE FROM jobs WHERE tenant_id = ${tenantId} AND id LIKE '%1'`);
    const [kept, real] = await counted(tenantId);
    expect(kept).toBe(real);
    expect(kept).toBeLessThan(45);
  });

  test('a page by time finds jobs whose id is of another clock, up to an hour', async () => {
    const { tenantId } = await createTenant();
    const now = Date.now();
    const at = new Date(now - 0.9 * hour);
    await insert(tenantId, 2, at.toISOString());
    const find = (from: number, before: number) =>
      listJobs(database, tenantId, { limit: 10 }, { createdFrom: new Date(from), createdBefore: new Date(before) });
    expect(await find(at.getTime(), at.getTime() + 1)).toHaveLength(2);
    expect(await find(at.getTime() + 1, now)).toHaveLength(0);
  });
});
