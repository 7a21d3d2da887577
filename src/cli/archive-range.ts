import type { SqlSession } from '../dev/sql-backend.ts';
import { StartError } from '../dev/start-error.ts';
import { type ArchiveRange, countDefaultRows, findPartition } from './archive-statements.ts';

/** The partition of all months up to that of the migration that partitioned the ledger. */
const pastTable = 'usage_ledger_past';

/**
 * Finds the partition that an archive takes. Throws a StartError for a name that is no month, for a month whose rows are in a
 * partition with other months, and for one that has no partition.
 */
export async function findArchivablePartition(session: SqlSession, name: string, now: Date): Promise<ArchiveRange> {
  if (name !== 'past') checkMonth(name, now);
  const partition = await findPartition(session, `usage_ledger_${name.replace('-', '_')}`);
  if (partition) return partition;
  if (name === 'past') throw new StartError(`The ledger has no partition ${pastTable}: archive its months one by one.`);
  const past = await findPartition(session, pastTable);
  if (past && new Date(`${name}-01`) < new Date(past.endsAt)) {
    const last = formatMonth(new Date(past.endsAt), -1);
    throw new StartError(
      `The rows of ${name} are in ${pastTable}, with those of all months up to ${last}. They can only be archived together: npm run admin -- archive past.`,
    );
  }
  const rows = await countDefaultRows(session, `${name}-01`);
  if (rows === 0) throw new StartError(`The ledger has no partition and no rows of ${name}.`);
  throw new StartError(
    `The ledger has no partition for ${name}: its ${rows} rows are in usage_ledger_default. Create it first, with psql: SELECT create_ledger_partition('${name}-01').`,
  );
}

/** Throws a StartError if a range reaches into the current or the previous month, UTC. */
export function checkArchivable(name: string, { endsAt }: ArchiveRange, now: Date): void {
  const previousMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1));
  if (new Date(endsAt) <= previousMonth) return;
  if (name !== 'past') throw new StartError(tooRecentMessage(name, now));
  throw new StartError(
    `${pastTable} has the rows of ${formatMonth(new Date(endsAt), -1)}, too. It can be archived from ${formatMonth(new Date(endsAt), 1)} on: the current and the previous month are never archived.`,
  );
}

function checkMonth(name: string, now: Date): void {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(name)) {
    throw new StartError(`"${name}" is not a month. Name one such as 2026-01, or past.`);
  }
  if (name >= formatMonth(now, -1)) throw new StartError(tooRecentMessage(name, now));
}

function tooRecentMessage(name: string, now: Date): string {
  return `${name} is not archived: the current and the previous month never are, because queues may still deliver their rows and budgets are compared with them. The newest month that can be archived is ${formatMonth(now, -2)}.`;
}

function formatMonth(time: Date, laterMonths: number): string {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + laterMonths)).toISOString().slice(0, 7);
}
