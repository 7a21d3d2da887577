import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { startNeonEndpoint } from '../../src/dev/neon-endpoint.ts';
import { createPgliteBackend } from '../../src/dev/pglite-backend.ts';
import { createPostgresBackend, openPostgresSession } from '../../src/dev/postgres-backend.ts';
import { migrateEmbedded, migrateServer } from '../../src/dev/run-migrations.ts';
import { createSecret } from '../../src/dev/secret.ts';
import type { SqlSession } from '../../src/dev/sql-backend.ts';
import { createTestDatabase } from './real-servers.ts';

/** A migrated database in which months of the ledger can be archived. */
export interface ArchivableLedger {
  /** Absent: embedded. */
  readonly url?: string;
  /** Absent: a real server. */
  readonly embedded?: PGlite;
  readonly database: Database;
  /** For archive commands. */
  readonly session: SqlSession;
  /** A folder for files. */
  readonly folder: string;
  /** Runs a statement, and returns its rows as text. */
  readonly query: (text: string) => Promise<readonly (readonly (string | null)[])[]>;
  readonly stop: () => Promise<void>;
}

/** Opens a new database. */
export async function openArchivableLedger(kind: 'embedded' | 'real'): Promise<ArchivableLedger> {
  const engine = kind === 'embedded' ? await openEmbedded() : await openReal();
  const password = createSecret();
  const endpoint = await startNeonEndpoint({ backend: engine.backend, password });
  const url = `postgres://test:${password}@localhost/test`;
  const folder = mkdtempSync(join(tmpdir(), 'ledger-archives-'));
  return {
    ...(engine.url !== undefined && { url: engine.url }),
    ...(engine.embedded && { embedded: engine.embedded }),
    session: engine.session,
    folder,
    database: openDatabase({ url, httpUrl: `${endpoint.url}/sql`, timeoutMs: 10_000 }),
    query: async (query) => (await engine.backend.run({ query, params: [] })).rows,
    async stop() {
      await endpoint.close();
      await engine.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

async function openEmbedded() {
  const embedded = await PGlite.create();
  await migrateEmbedded(embedded);
  const backend = createPgliteBackend(embedded);
  return { url: undefined, embedded, backend, session: backend, stop: () => backend.close() };
}

async function openReal() {
  const { url, drop } = await createTestDatabase();
  await migrateServer(url);
  const backend = createPostgresBackend(url);
  const session = await openPostgresSession(url);
  const stop = async () => {
    await session.close();
    await backend.close();
    await drop();
  };
  return { url, embedded: undefined, backend, session, stop };
}

/** Creates the partition of a month and fills it with 2,500 requests, a fifth of them of two attempts, with texts that CSV has to quote. */
export async function fillMonth({ query }: Pick<ArchivableLedger, 'query'>, month: string): Promise<void> {
  await query(`SELECT create_ledger_partition('${month}-01 00:00Z')`);
  await query(`
    INSERT INTO usage_ledger (request_id, client_request_id, tenant_id, key_id, source, provider, model, finish_reason, status,
      token_source, input_tokens, cost_nano_usd, total_ms, created_at, attempt, is_last)
    SELECT 'req_${month}_' || number, (ARRAY['a,b', '"quoted" \\.', '', NULL, E'two\\nlines', 'ü 漢 😀'])[number % 6 + 1], 'ten_1',
      'key_' || number % 3, 'sync', 'stub', 'model ' || number % 4, '\\.',
      CASE WHEN number % 7 = 0 THEN 'failed' ELSE 'completed' END, 'provider', number,
      CASE WHEN number % 11 = 0 THEN NULL ELSE 12345678901234 + number END, 1,
      '${month}-01 00:00Z'::timestamptz + number * interval '900.123456 seconds', attempt, attempt = last
    FROM generate_series(0, 2499) AS number, LATERAL (SELECT CASE WHEN number % 5 = 0 THEN 2 ELSE 1 END AS last) AS attempts,
      LATERAL generate_series(1, last) AS attempt`);
}

/** The rows and the sums of a month, as digests. */
export async function digestMonth({ query }: Pick<ArchivableLedger, 'query'>, month: string, table = 'usage_ledger') {
  const isOfMonth = (column: string) =>
    `${column} >= '${month}-01 00:00Z' AND ${column} < '${month}-01 00:00'::timestamp + interval '1 month'`;
  const [[rows, digest] = []] =
    await query(`SELECT count(*), md5(string_agg(ledger::text, E'\\n' ORDER BY created_at, request_id, attempt))
    FROM ${table} AS ledger WHERE ${isOfMonth('created_at')}`);
  const [[sums] = []] = await query(
    `SELECT md5(string_agg(days::text, E'\\n' ORDER BY day, key_id, model)) FROM usage_days AS days WHERE ${isOfMonth('day')}`,
  );
  return { rows: Number(rows), digest, sums };
}
