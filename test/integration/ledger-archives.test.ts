import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { reconcileLedger } from '../../src/billing/reconcile-ledger.ts';
import { ReconciliationMonitor } from '../../src/billing/reconciliation-monitor.ts';
import { settleHold } from '../../src/billing/settle-hold.ts';
import { countArchivedLateRows, listLedgerArchives } from '../../src/db/queries/ledger-archives.ts';
import { repairRollups } from '../../src/db/queries/reconciliation.ts';
import { insertLedgerRows } from '../../src/db/queries/usage-ledger.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { newId } from '../../src/domain/ids.ts';
import { handlers } from '../../src/handlers.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { toLedgerRow } from '../../src/usage/usage-record.ts';
import { auditActor } from '../support/audit-actor.ts';
import { buildUsageMessage, buildUsageRecord } from '../support/usage-record.ts';
import { createTenant, database, ledgerRows, variables } from './gateway.ts';
import { type Json, queryData } from './graphql.ts';

const redis = openRedis({
  url: variables.UPSTASH_REDIS_REST_URL ?? '',
  token: variables.UPSTASH_REDIS_REST_TOKEN ?? '',
  timeoutMs: 10_000,
});
const usage = `{ usage(from: "2041-03-01T00:00:00Z", to: "2041-04-01T00:00:00Z", groupBy: [DAY]) { day requests cost } }`;

let tenant: Awaited<ReturnType<typeof createTenant>>;

const record = (createdAt: string) => buildUsageRecord({ ...tenant, createdAt, costNanoUsd: 1_000_000n });

/** What `usage` in GraphQL shows of the archived month. */
async function showUsage(): Promise<Json[]> {
  return (await queryData<{ usage: Json[] }>(tenant.key, usage, {})).usage;
}

beforeAll(async () => {
  tenant = await createTenant();
  await database.execute(sql`SELECT create_ledger_partition('2041-03-01T00:00:00Z')`);
  const times = ['2041-03-01T00:00:00.000Z', '2041-03-15T12:00:00.000Z', '2041-03-15T13:00:00.000Z'];
  await insertLedgerRows(database, times.map(record).map(toLedgerRow));
  await ledgerRows(tenant.tenantId, 3);
  await database.execute(sql`SELECT detach_ledger_partition('2041-03')`);
});

describe('an archived month', () => {
  test('is listed with its bounds, and has no rows in the ledger', async () => {
    expect(await listLedgerArchives(database)).toContainEqual({
      ...{
        name: '2041-03',
        startsAt: new Date('2041-03-01'),
        endsAt: new Date('2041-04-01'),
        tableName: 'usage_ledger_2041_03',
      },
      ...{
        detachedAt: expect.any(Date),
        writtenAt: null,
        file: null,
        rows: null,
        costNanoUsd: null,
        sha256: null,
        droppedAt: null,
      },
    });
    await ledgerRows(tenant.tenantId, 0);
  });

  test('is in the usage that GraphQL shows', async () => {
    expect(await showUsage()).toEqual([
      { day: '2041-03-01T00:00:00.000Z', requests: 1, cost: 0.001 },
      { day: '2041-03-15T00:00:00.000Z', requests: 2, cost: 0.002 },
    ]);
  });

  test.each([
    ['2041-03-01T00:00:00Z', '2041-04-01T00:00:00Z'],
    ['2041-03-31T23:00:00Z', '2041-05-01T00:00:00Z'],
    ['2041-02-01T00:00:00Z', '2041-03-01T01:00:00Z'],
  ])('is refused by a reconciliation from %s to %s, repair or not', async (from, to) => {
    for (const repair of [false, auditActor] as const) {
      const report = reconcileLedger({ database, redis, from: new Date(from), to: new Date(to), repair });
      await expect(report).rejects.toThrow(
        'The ledger rows of this period are archived (2041-03). Choose a period from 2041-04-01 on, or restore them first',
      );
    }
    expect(await showUsage()).toHaveLength(2);
  });

  test('leaves the months beside it to the reconciliation', async () => {
    for (const [from, to] of [
      ['2041-02-01', '2041-03-01'],
      ['2041-04-01', '2041-05-01'],
    ] as const) {
      const period = { from: new Date(from), to: new Date(to) };
      const report = await reconcileLedger({ database, redis, ...period, repair: false, wait: async () => undefined });
      expect(report).toMatchObject({ rollups: [], shown: { agrees: true } });
    }
  });

  test('keeps its sums when a repair or the monitor runs over it', async () => {
    const before = await showUsage();
    expect(await repairRollups(database, { from: new Date('2041-03-01'), to: new Date('2041-04-01') })).toBe(0);
    await database.update(tenants).set({ dailyBudgetNanoUsd: 1n }).where(eq(tenants.id, tenant.tenantId));
    const lines: string[] = [];
    const logger = createLogger('info', (line) => lines.push(line));
    const now = () => Date.parse('2041-03-15T13:30:00Z');
    await new ReconciliationMonitor({ database, redis, logger, now }).run();
    expect(lines.filter((line) => line.includes('rollups'))).toEqual([]);
    expect(await showUsage()).toEqual(before);
  });

  test('takes no cost of a hold that was left behind, and lets it go', async () => {
    const id = newId('lease');
    const touchedAtMs = Date.parse('2041-03-15T13:00:00Z');
    await redis.hset(`limits:{${tenant.tenantId}}:holds`, { [id]: `5000|0|${touchedAtMs}|${tenant.keyId}|2041-03-15` });
    const options = { database, redis, actor: auditActor, now: () => touchedAtMs + 3_600_000 };
    await expect(settleHold(options, id, 5n)).rejects.toThrow('(2041-03). Settle the hold without --cost');
    expect(await settleHold(options, id, 0n)).toMatchObject({ outcome: 'settled', costNanoUsd: 0n });
  });

  test('has a late row in the default partition: it is counted once, and delays no other of its batch', async () => {
    const late = record('2041-03-20T00:00:00.000Z');
    const current = record(new Date().toISOString());
    for (let delivery = 1; delivery <= 2; delivery += 1) {
      const messages = [late, current].map((one, index) => ({
        ...{ id: `m${index}`, timestamp: new Date(), attempts: delivery, body: buildUsageMessage(1, one) },
      }));
      const batch = createMessageBatch('usage', messages);
      const context = createExecutionContext();
      await handlers.queue(batch, env, context);
      expect((await getQueueResult(batch, context)).explicitAcks).toEqual(['m0', 'm1']);
    }
    await ledgerRows(tenant.tenantId, 2);
    const { rows } = await database.execute(sql`
      SELECT tableoid::regclass::text AS partition FROM usage_ledger WHERE request_id = ${late.requestId}`);
    expect(rows).toEqual([{ partition: 'usage_ledger_default' }]);
    expect((await countArchivedLateRows(database)).get('2041-03')).toBe(1);
    expect(await showUsage()).toContainEqual({ day: '2041-03-20T00:00:00.000Z', requests: 1, cost: 0.001 });
  });
});
