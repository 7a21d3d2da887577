import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import { createLedgerPartitions } from '../../src/db/queries/ledger-partitions.ts';
import { findRollupDifferences } from '../../src/db/queries/reconciliation.ts';
import { insertLedgerRows } from '../../src/db/queries/usage-ledger.ts';
import worker from '../../src/index.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { prepareLedgerPartitions } from '../../src/usage/prepare-ledger-partitions.ts';
import { toLedgerRow } from '../../src/usage/usage-record.ts';
import { buildUsageRecord } from '../support/usage-record.ts';
import { createTenant, database, ledgerRows } from './gateway.ts';

let tenantId: string;

beforeEach(async () => {
  ({ tenantId } = await createTenant());
});

const runCron = (time: string) =>
  worker.scheduled({ scheduledTime: Date.parse(time), cron: '* * * * *', noRetry: () => undefined }, env);

const write = (...times: readonly string[]) =>
  insertLedgerRows(
    database,
    times.map((createdAt) =>
      toLedgerRow(buildUsageRecord({ tenantId, createdAt, requestId: `req_${createdAt}_${tenantId}` })),
    ),
  );

/** The partitions that hold the tenant's rows, in the order of the rows. */
async function findPartitions(): Promise<unknown[]> {
  const { rows } = await database.execute(sql`
    SELECT tableoid::regclass::text AS partition FROM usage_ledger WHERE tenant_id = ${tenantId} ORDER BY created_at`);
  return rows.map(({ partition }) => partition);
}

async function exists(table: string): Promise<boolean> {
  const { rows } = await database.execute(sql`SELECT to_regclass(${table}) IS NOT NULL AS "exists"`);
  return rows[0]?.exists === true;
}

test('cron creates the partition of the next month seven days ahead, and that of the current month if it is missing', async () => {
  await runCron('2031-05-24T23:59:59Z');
  expect([await exists('usage_ledger_2031_05'), await exists('usage_ledger_2031_06')]).toEqual([true, false]);
  await runCron('2031-05-25T00:00:00Z');
  expect(await exists('usage_ledger_2031_06')).toBe(true);
  await write('2031-05-31T23:59:59.999Z', '2031-06-01T00:00:00.000Z', '2031-06-30T23:59:59.999Z');
  expect(await findPartitions()).toEqual(['usage_ledger_2031_05', 'usage_ledger_2031_06', 'usage_ledger_2031_06']);
});

test('the months before the migration and the month after it have partitions', async () => {
  const nextMonth = new Date();
  nextMonth.setUTCMonth(nextMonth.getUTCMonth() + 1, 1);
  await write('1999-12-31T00:00:00.000Z', new Date().toISOString(), nextMonth.toISOString());
  const month = nextMonth.toISOString().slice(0, 7).replace('-', '_');
  expect(await findPartitions()).toEqual(['usage_ledger_past', 'usage_ledger_past', `usage_ledger_${month}`]);
});

test('isolates that run cron at once create one partition', async () => {
  const runs = Array.from({ length: 8 }, () => createLedgerPartitions(database, new Date('2032-02-27T12:00:00Z')));
  expect(await Promise.all(runs)).toEqual(runs.map(() => []));
  await write('2032-02-29T23:59:59.999Z', '2032-03-01T00:00:00.000Z');
  expect(await findPartitions()).toEqual(['usage_ledger_2032_02', 'usage_ledger_2032_03']);
});

test('a row of a month without a partition is kept, and moves to the partition once that is created', async () => {
  const times = [
    '2033-07-31T23:59:59.999Z',
    '2033-08-01T00:00:00.000Z',
    '2033-08-31T23:59:59.999Z',
    '2033-09-01T00:00:00.000Z',
  ];
  await write(...times);
  expect(new Set(await findPartitions())).toEqual(new Set(['usage_ledger_default']));
  const before = await ledgerRows(tenantId, 4);
  await runCron('2033-08-15T00:00:00Z');
  await runCron('2033-08-15T00:01:00Z');
  const partition = 'usage_ledger_2033_08';
  expect(await findPartitions()).toEqual(['usage_ledger_default', partition, partition, 'usage_ledger_default']);
  expect(await ledgerRows(tenantId, 4)).toEqual(before);
  // Neither is a moved row counted again, nor is a message that comes again.
  await write(...times);
  await ledgerRows(tenantId, 4);
  const period = { from: new Date('2033-07-01T00:00:00Z'), to: new Date('2033-10-01T00:00:00Z') };
  const differences = await findRollupDifferences(database, period);
  expect(differences.filter((difference) => difference.tenantId === tenantId)).toEqual([]);
});

test('rows are written while their month moves to its partition', async () => {
  const times = (hour: number) =>
    Array.from({ length: 50 }, (_, second) => new Date(Date.UTC(2034, 3, 2, hour, 0, second)).toISOString());
  await write(...times(0));
  const writers = Array.from({ length: 10 }, (_, hour) => write(...times(hour)));
  const creation = createLedgerPartitions(database, new Date('2034-04-02T00:00:00Z'));
  // A writer that had planned for the default partition is refused: its message comes again.
  await Promise.allSettled(writers);
  await creation.catch(() => createLedgerPartitions(database, new Date('2034-04-02T00:00:00Z')));
  await Promise.all(Array.from({ length: 10 }, (_, hour) => write(...times(hour))));
  await ledgerRows(tenantId, 500);
  expect(new Set(await findPartitions())).toEqual(new Set(['usage_ledger_2034_04']));
  const period = { from: new Date('2034-04-02T00:00:00Z'), to: new Date('2034-04-03T00:00:00Z') };
  expect(await findRollupDifferences(database, period)).toEqual([]);
});

test('more rows than cron can move stay where they are, and an operator learns how to move them', async () => {
  await database.execute(sql`
    INSERT INTO usage_ledger_default (request_id, tenant_id, key_id, source, provider, model, status, token_source, total_ms, created_at)
    SELECT 'req_' || number, ${tenantId}, 'key_1', 'sync', 'stub', 'stub', 'completed', 'none', 1, ${'2035-11-02T00:00:00Z'}::timestamptz
    FROM generate_series(1, 50001) AS number`);
  const lines: string[] = [];
  const logger = createLogger('info', (line) => lines.push(line));
  // The month with the rows is the next one.
  await prepareLedgerPartitions({ database, logger }, new Date('2035-10-30T00:00:00Z'));
  const query = `SELECT create_ledger_partition('2035-11-06T00:00:00.000Z')`;
  expect(lines).toEqual([expect.stringContaining(query)]);
  expect(await exists('usage_ledger_2035_11')).toBe(false);
  await database.execute(sql.raw(query));
  expect(new Set(await findPartitions())).toEqual(new Set(['usage_ledger_2035_11']));
  lines.length = 0;
  await prepareLedgerPartitions({ database, logger }, new Date('2035-11-03T00:00:00Z'));
  expect(lines).toEqual([]);
});
