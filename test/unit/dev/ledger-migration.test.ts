import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { type SQL, sql } from 'drizzle-orm';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { migrateEmbedded, migrateServer } from '../../../src/dev/run-migrations.ts';
import { type PreviousRow, previousInsert, previousJobInsert } from '../../support/previous-ledger.ts';
import { canReachServer, createTestDatabase } from '../../support/real-servers.ts';
import { waitFor } from '../../support/wait-for.ts';

const realPostgres = await canReachServer('Postgres', 5432);

/** Returns a folder with the migrations before the one that partitions the ledger. */
function copyPreviousMigrations(): string {
  const folder = mkdtempSync(join(tmpdir(), 'previous-migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(fileURLToPath(new URL('../../../migrations', import.meta.url)), folder, { recursive: true });
  const journalFile = join(folder, 'meta/_journal.json');
  const journal: { entries: { idx: number }[] } = JSON.parse(readFileSync(journalFile, 'utf8'));
  const entries = journal.entries.filter(({ idx }) => idx <= 10);
  writeFileSync(journalFile, JSON.stringify({ ...journal, entries }));
  return folder;
}

interface TestDatabase {
  readonly execute: (query: SQL) => Promise<{ readonly rows: Record<string, unknown>[] }>;
  /** Migrates to the newest schema. */
  readonly migrate: () => Promise<void>;
}

/** Opens a database of the previous version. */
const openers: Readonly<Record<'embedded' | 'real', () => Promise<TestDatabase>>> = {
  async embedded() {
    const client = await PGlite.create();
    onTestFinished(() => client.close());
    const database = drizzlePglite(client);
    await migratePglite(database, { migrationsFolder: copyPreviousMigrations() });
    return { execute: (query) => database.execute(query), migrate: () => migrateEmbedded(client) };
  },
  async real() {
    const { url, drop } = await createTestDatabase();
    onTestFinished(drop);
    const database = drizzlePostgres(await connect(url));
    await migratePostgres(database, { migrationsFolder: copyPreviousMigrations() });
    return { execute: (query) => database.execute(query), migrate: () => migrateServer(url) };
  },
};

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

function buildRow(number: number, changes: PreviousRow = {}): PreviousRow {
  const status = number % 3 === 0 ? 'failed' : 'completed';
  return {
    ...{
      request_id: `req_${number}`,
      tenant_id: 'ten_1',
      key_id: 'key_1',
      source: 'sync',
      provider: 'stub',
      model: 'm',
    },
    ...{
      status,
      token_source: 'none',
      input_tokens: number,
      cost_nano_usd: '100',
      first_byte_ms: number,
      total_ms: number,
    },
    created_at: new Date(Date.UTC(2026, number % 12, 1, number)).toISOString(),
    ...changes,
  };
}

const ledger = sql`SELECT request_id, attempt, is_last, created_at, status, input_tokens, cost_nano_usd::text FROM usage_ledger ORDER BY 1, 2`;
const sums = sql`SELECT tenant_id, hour, requests, errors, input_tokens, cost_nano_usd, first_byte_counts, retried_attempts,
  failed_retried_attempts FROM usage_rollups ORDER BY 1, 2`;
const days = sql`SELECT sum(requests)::integer AS requests, sum(errors)::integer AS errors FROM usage_days`;

/** The start of a month, UTC, by its distance from the current one. */
function startOfMonth(distance: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + distance));
}

test.each(['embedded', ...(realPostgres ? (['real'] as const) : [])] as const)(
  'on the %s Postgres all rows and sums stay, and rows of the previous version are written once',
  async (kind) => {
    const { execute, migrate } = await openers[kind]();
    const rows = Array.from({ length: 40 }, (_, number) => buildRow(number));
    await execute(previousInsert(rows));
    const previousSums = (await execute(sql`SELECT * FROM usage_rollups ORDER BY tenant_id, hour`)).rows;
    await migrate();
    expect((await execute(ledger)).rows).toHaveLength(40);
    expect((await execute(sql`SELECT DISTINCT attempt, is_last FROM usage_ledger`)).rows).toEqual([
      { attempt: 1, is_last: true },
    ]);
    expect((await execute(sums)).rows).toMatchObject(
      previousSums.map(({ requests, first_byte_counts, cost_nano_usd }) => ({
        requests,
        first_byte_counts,
        cost_nano_usd,
      })),
    );
    const before = [await execute(ledger), await execute(sums), await execute(days)].map(({ rows }) => rows);
    await migrate();
    await execute(previousInsert(rows));
    for (const row of rows) await execute(previousJobInsert(row));
    expect([await execute(ledger), await execute(sums), await execute(days)].map(({ rows }) => rows)).toEqual(before);
    await execute(previousJobInsert(buildRow(40)));
    expect((await execute(days)).rows).toEqual([{ requests: 41, errors: 14 }]);
  },
);

test.each(['embedded', ...(realPostgres ? (['real'] as const) : [])] as const)(
  'on the %s Postgres rows whose clock was ahead go to the partition of their month, or to the default one',
  async (kind) => {
    const { execute, migrate } = await openers[kind]();
    const times = [startOfMonth(-30), new Date(startOfMonth(1).getTime() - 1), startOfMonth(1), startOfMonth(2)];
    await execute(previousInsert(times.map((time, number) => buildRow(number, { created_at: time.toISOString() }))));
    await migrate();
    const { rows } = await execute(
      sql`SELECT tableoid::regclass::text AS partition FROM usage_ledger ORDER BY created_at`,
    );
    const nextMonth = startOfMonth(1).toISOString().slice(0, 7).replace('-', '_');
    expect(rows.map(({ partition }) => partition)).toEqual([
      'usage_ledger_past',
      'usage_ledger_past',
      `usage_ledger_${nextMonth}`,
      'usage_ledger_default',
    ]);
    expect((await execute(days)).rows).toEqual([{ requests: 4, errors: 2 }]);
  },
);

/** The statements by which an operator prepares a large ledger: a transaction, then one after the other. */
function readPreparation(): string[] {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/guides/deploy.md', import.meta.url)), 'utf8');
  const [, transaction, others] = /```sql\n(BEGIN;.*?COMMIT;)\n(.*?)```/s.exec(page) ?? [];
  return [transaction ?? '', ...(others ?? '').trim().split('\n')];
}

test.skipIf(!realPostgres)(
  'a prepared ledger takes writes of the previous version, and keeps its indexes',
  async () => {
    const { execute, migrate } = await openers.real();
    const rows = Array.from({ length: 40 }, (_, number) => buildRow(number));
    await execute(previousInsert(rows.slice(0, 20)));
    const preparation = readPreparation();
    expect(preparation).toHaveLength(3);
    for (const statement of preparation) await execute(sql.raw(statement));
    await execute(previousInsert(rows.slice(0, 30)));
    for (const row of rows) await execute(previousJobInsert(row));
    const indexes = sql`SELECT relname, relfilenode FROM pg_class
    WHERE relname IN ('usage_ledger_past_pkey', 'usage_ledger_past_request_id') ORDER BY 1`;
    const before = [await execute(ledger), await execute(indexes)].map((result) => result.rows);
    expect(before.map(({ length }) => length)).toEqual([40, 2]);
    await migrate();
    expect([await execute(ledger), await execute(indexes)].map((result) => result.rows)).toEqual(before);
    expect((await execute(days)).rows).toEqual([{ requests: 40, errors: 14 }]);
    await execute(previousJobInsert(buildRow(40)));
    expect((await execute(days)).rows).toEqual([{ requests: 41, errors: 14 }]);
  },
);

test.skipIf(!realPostgres)('the previous version may write while the migration waits and runs', async () => {
  const { url, drop } = await createTestDatabase();
  onTestFinished(drop);
  const clients = await Promise.all(Array.from({ length: 6 }, () => connect(url)));
  const [observer, first, ...others] = clients.map((client) => drizzlePostgres(client));
  if (!observer || !first) throw new Error('no clients');
  await migratePostgres(observer, { migrationsFolder: copyPreviousMigrations() });
  await observer.execute(previousInsert(Array.from({ length: 500 }, (_, number) => buildRow(number))));
  await first.execute(sql`BEGIN`);
  await first.execute(previousInsert([buildRow(1_000)]));
  const migration = migrateServer(url);
  const countWaiting = async () => {
    const { rows } = await observer.execute(sql`
      SELECT count(*)::integer AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    return Number(rows[0]?.waiting);
  };
  await waitFor(async () => expect(await countWaiting()).toBe(1));
  const insert = (index: number) =>
    index % 2 === 0 ? previousInsert([buildRow(index)]) : previousJobInsert(buildRow(index));
  const writes = others.map(async (client, index) => void (await client.execute(insert(1_001 + index))));
  await waitFor(async () => expect(await countWaiting()).toBe(1 + others.length));
  await first.execute(sql`COMMIT`);
  await Promise.all([migration, ...writes]);
  const { rows } = await observer.execute(sql`
    SELECT (SELECT count(*)::integer FROM usage_ledger) AS rows, (SELECT sum(requests)::integer FROM usage_rollups) AS requests,
      (SELECT sum(requests)::integer FROM usage_days) AS by_day`);
  expect(rows).toEqual([{ rows: 505, requests: 505, by_day: 505 }]);
});
