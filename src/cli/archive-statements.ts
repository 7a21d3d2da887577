import { setTimeout as wait } from 'node:timers/promises';
import type { SqlSession } from '../dev/sql-backend.ts';
import { StartError } from '../dev/start-error.ts';
import type { AuditAction, AuditActor, AuditValues } from '../domain/audit.ts';
import { newId } from '../domain/ids.ts';
import { nanoUsdToText } from '../domain/money.ts';

/** A part of the ledger that is archived as one file. Times are Postgres text, UTC. */
export interface ArchiveRange {
  readonly table: string;
  /** `-infinity` for the archive `past`. */
  readonly startsAt: string;
  /** Exclusive. */
  readonly endsAt: string;
}

/** A row of `ledger_archives`. */
export interface ArchiveRecord extends ArchiveRange {
  readonly isWritten: boolean;
  readonly file: string | null;
  readonly sha256: string | null;
  readonly droppedAt: string | null;
}

/** The sums of a day, UTC. */
export interface DaySums {
  readonly rows: number;
  readonly requests: number;
  readonly costNanoUsd: bigint;
}

/** What a table of ledger rows and the sums that `usage` reads say of a day. */
export interface DayComparison {
  /** `2026-01-31` */
  readonly day: string;
  readonly table: DaySums;
  readonly rollup: DaySums;
}

const advisoryLock = '7265003';
const lockPollMs = 250;

/**
 * Sets the form of times, and takes the lock of all archive commands. Throws a StartError if another one has it for longer than
 * `maxWaitMs`: that of a killed command goes with its connection, which the server notices a moment later.
 */
export async function lockArchives(session: SqlSession, maxWaitMs: number): Promise<void> {
  await execute(session, "SET TimeZone = 'UTC'");
  await execute(session, "SET DateStyle = 'ISO'");
  for (const untilMs = Date.now() + maxWaitMs; ; await wait(lockPollMs)) {
    const [row] = await execute(session, 'SELECT pg_try_advisory_lock($1::bigint)::text AS locked', [advisoryLock]);
    if (row?.locked === 'true') return;
    if (Date.now() >= untilMs) {
      throw new StartError('Another archive command is running on this database: wait for it.');
    }
  }
}

/** Releases the lock of `lockArchives`. The end of the connection releases it, too. */
export async function unlockArchives(session: SqlSession): Promise<void> {
  await execute(session, 'SELECT pg_advisory_unlock($1::bigint)', [advisoryLock]);
}

/** Finds the record of an archive. */
export async function findArchive(session: SqlSession, name: string): Promise<ArchiveRecord | undefined> {
  const [row] = await execute(
    session,
    `SELECT table_name, coalesce(starts_at, '-infinity')::text AS starts_at, ends_at::text, written_at, file, sha256, dropped_at::text
     FROM ledger_archives WHERE name = $1`,
    [name],
  );
  if (!row) return undefined;
  return {
    table: String(row.table_name),
    startsAt: String(row.starts_at),
    endsAt: String(row.ends_at),
    isWritten: row.written_at !== null,
    file: row.file ?? null,
    sha256: row.sha256 ?? null,
    droppedAt: row.dropped_at ?? null,
  };
}

/** Finds a partition of the ledger by its name. */
export async function findPartition(session: SqlSession, table: string): Promise<ArchiveRange | undefined> {
  const [row] = await execute(
    session,
    `SELECT coalesce((regexp_match(bounds, $r$FROM \\('([^']+)'\\)$r$))[1], '-infinity')::timestamptz::text AS starts_at,
       (regexp_match(bounds, $r$TO \\('([^']+)'\\)$r$))[1]::timestamptz::text AS ends_at
     FROM (SELECT pg_get_expr(relpartbound, pg_class.oid) AS bounds FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
       WHERE inhparent = 'usage_ledger'::regclass AND relname = $1) AS partition`,
    [table],
  );
  return row ? { table, startsAt: String(row.starts_at), endsAt: String(row.ends_at) } : undefined;
}

/** Counts the rows that the default partition has of a month. `month` is its first day. */
export async function countDefaultRows(session: SqlSession, month: string): Promise<number> {
  const [row] = await execute(
    session,
    `SELECT count(*)::text AS count FROM usage_ledger_default
     WHERE created_at >= $1::timestamptz AND created_at < ($1::timestamp + interval '1 month') AT TIME ZONE 'UTC'`,
    [month],
  );
  return Number(row?.count);
}

/** Sums the rows of a table by day, and the sums that `usage` reads, at one moment. */
export async function compareDays(
  session: SqlSession,
  table: string,
  { startsAt, endsAt }: ArchiveRange,
): Promise<DayComparison[]> {
  const rows = await execute(
    session,
    `WITH counted AS (
       SELECT to_char(created_at, 'YYYY-MM-DD') AS day, count(*) AS rows, count(*) FILTER (WHERE is_last) AS requests,
         coalesce(sum(cost_nano_usd), 0) AS cost
       FROM ${table} WHERE created_at >= $1::timestamptz AND created_at < $2::timestamptz GROUP BY 1
     ), rolled AS (
       SELECT to_char(day, 'YYYY-MM-DD') AS day, sum(requests + retried_attempts) AS rows, sum(requests) AS requests,
         sum(cost_nano_usd) AS cost
       FROM usage_days WHERE day >= $1::timestamptz AND day < $2::timestamptz GROUP BY 1
     )
     SELECT day, coalesce(counted.rows, 0)::text AS table_rows, coalesce(counted.requests, 0)::text AS table_requests,
       coalesce(counted.cost, 0)::text AS table_cost, coalesce(rolled.rows, 0)::text AS rollup_rows,
       coalesce(rolled.requests, 0)::text AS rollup_requests, coalesce(rolled.cost, 0)::text AS rollup_cost
     FROM counted FULL JOIN rolled USING (day) ORDER BY day`,
    [startsAt, endsAt],
  );
  const toSums = (row: TextRow, prefix: string): DaySums => ({
    rows: Number(row[`${prefix}_rows`]),
    requests: Number(row[`${prefix}_requests`]),
    costNanoUsd: BigInt(String(row[`${prefix}_cost`])),
  });
  return rows.map((row) => ({ day: String(row.day), table: toSums(row, 'table'), rollup: toSums(row, 'rollup') }));
}

/** What the audit log says of a change of the ledger. The subject is the name of the archive. */
interface LedgerChange {
  readonly actor: AuditActor;
  readonly before: AuditValues | null;
  readonly after: AuditValues;
}

/** Detaches a partition, and records the archive and its entry in the audit log: in one statement, because the ledger is locked. */
export async function detachPartition(session: SqlSession, name: string, change: LedgerChange): Promise<void> {
  const { statement, params } = insertEntry('ledger.archived', name, change);
  await execute(session, `WITH entry AS (${statement}) SELECT detach_ledger_partition($1)`, params);
}

/** Returns the INSERT of an entry of the audit log. `$1` is the name of the archive. */
function insertEntry(action: AuditAction, name: string, { actor, before, after }: LedgerChange) {
  return {
    statement: `INSERT INTO audit_log (id, actor_type, actor_id, action, subject_type, subject_id, before, after)
      VALUES ($2, $3, $4, $5, 'ledger', $1, nullif($6::jsonb, 'null'), $7::jsonb)`,
    params: [name, newId('aud'), actor.type, actor.id, action, JSON.stringify(before), JSON.stringify(after)],
  };
}

/** Records that the file of an archive is complete. */
export async function recordFile(
  session: SqlSession,
  name: string,
  { file, rows, costNanoUsd, sha256 }: { file: string; rows: number; costNanoUsd: string; sha256: string },
): Promise<void> {
  await execute(
    session,
    `UPDATE ledger_archives SET written_at = now(), file = $2, rows = $3::bigint, cost_nano_usd = $4::numeric, sha256 = $5
     WHERE name = $1`,
    [name, file, String(rows), costNanoUsd, sha256],
  );
}

interface DroppedTable {
  readonly actor: AuditActor;
  readonly file: string;
  readonly manifest: {
    readonly table: string;
    readonly rows: number;
    readonly costNanoUsd: string;
    readonly sha256: string;
  };
}

/**
 * Drops the detached table and records that, also in the audit log, in one transaction. Throws a StartError if the table has other rows
 * than the file.
 */
export async function dropTable(
  session: SqlSession,
  name: string,
  { actor, file, manifest }: DroppedTable,
): Promise<void> {
  const { table, rows, costNanoUsd, sha256 } = manifest;
  await inTransaction(session, async () => {
    await execute(session, `LOCK TABLE ${table}`);
    const [sums] = await execute(
      session,
      `SELECT count(*)::text AS rows, coalesce(sum(cost_nano_usd), 0)::text AS cost FROM ${table}`,
    );
    if (Number(sums?.rows) !== rows || sums?.cost !== costNanoUsd) {
      throw new StartError(
        `${table} has changed since its file was written: it is not dropped. Remove the file and run again.`,
      );
    }
    await execute(session, `DROP TABLE ${table}`);
    await execute(session, 'UPDATE ledger_archives SET dropped_at = now() WHERE name = $1', [name]);
    const after = { table: null, rows, cost: nanoUsdToText(BigInt(costNanoUsd)), file, sha256 };
    const { statement, params } = insertEntry('ledger.archive_dropped', name, { actor, before: { table }, after });
    await execute(session, statement, params);
  });
}

/** Returns the tag of the newest migration that the database has. */
export async function readSchemaVersion(session: SqlSession, journal: readonly { when: number; tag: string }[]) {
  const [row] = await execute(session, 'SELECT max(created_at)::text AS newest FROM drizzle.__drizzle_migrations');
  return journal.find(({ when }) => String(when) === row?.newest)?.tag ?? `unknown (${row?.newest})`;
}

/** Runs statements as one transaction. */
export async function inTransaction<T>(session: SqlSession, work: () => Promise<T>): Promise<T> {
  await execute(session, 'BEGIN');
  try {
    const result = await work();
    await execute(session, 'COMMIT');
    return result;
  } catch (error) {
    await execute(session, 'ROLLBACK').catch(() => undefined);
    throw error;
  }
}

type TextRow = Readonly<Record<string, string | null>>;

/** Runs a statement and returns its rows by the names of their columns. */
export async function execute(session: SqlSession, query: string, params: readonly string[] = []): Promise<TextRow[]> {
  const { fields, rows } = await session.run({ query, params });
  return rows.map((row) => Object.fromEntries(row.map((value, index) => [fields[index]?.name ?? '', value])));
}
