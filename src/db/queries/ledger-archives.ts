import { sql } from 'drizzle-orm';
import type { Database, Row } from '../client.ts';
import { ledgerArchives } from '../schema/ledger-archives.ts';

/** A part of the ledger whose rows are no longer in it. */
export interface LedgerArchive {
  /** A month, UTC, such as `2026-01`, or `past`: all months up to that of the migration that partitioned the ledger. */
  readonly name: string;
  /** Null: the archive has all rows before `endsAt`. */
  readonly startsAt: Date | null;
  /** Exclusive. */
  readonly endsAt: Date;
  readonly tableName: string;
  readonly detachedAt: Date;
  /** Null until the file is complete, like the columns below. */
  readonly writtenAt: Date | null;
  readonly file: string | null;
  readonly rows: number | null;
  readonly costNanoUsd: bigint | null;
  readonly sha256: string | null;
  /** Null: the detached table still exists. */
  readonly droppedAt: Date | null;
}

/** Lists all archives, in the order of their months. */
export async function listLedgerArchives(database: Database): Promise<LedgerArchive[]> {
  return await database.select().from(ledgerArchives).orderBy(ledgerArchives.endsAt);
}

/** A period: `from` inclusive, `to` exclusive. */
interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** The condition that no archive has rows of a period. It is evaluated once for a statement, not for each row. */
export function isUnarchived({ from, to }: Period) {
  return sql`NOT EXISTS (SELECT FROM ${ledgerArchives} WHERE ${overlaps({ from, to })})`;
}

/** Finds the archives that have rows of a period, in the order of their months. */
export async function findLedgerArchives(database: Database, period: Period): Promise<LedgerArchive[]> {
  return await database.select().from(ledgerArchives).where(overlaps(period)).orderBy(ledgerArchives.endsAt);
}

function overlaps({ from, to }: Period) {
  return sql`coalesce(${ledgerArchives.startsAt}, '-infinity') < ${to.toISOString()}::timestamptz
    AND ${ledgerArchives.endsAt} > ${from.toISOString()}::timestamptz`;
}

/**
 * Counts the rows of archived months that arrived after their month was detached, by the name of the archive. They are in the
 * default partition, and in the sums that `usage` reads.
 */
export async function countArchivedLateRows(database: Database): Promise<ReadonlyMap<string, number>> {
  const { rows } = await database.execute<Row<{ name: string; count: number }>>(sql`
    SELECT name, count(*)::integer AS count FROM ${ledgerArchives} JOIN usage_ledger_default AS late
      ON late.created_at >= coalesce(starts_at, '-infinity') AND late.created_at < ends_at GROUP BY name`);
  return new Map(rows.map(({ name, count }) => [name, count]));
}
