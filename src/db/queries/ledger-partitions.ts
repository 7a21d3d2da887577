import { sql } from 'drizzle-orm';
import type { Database } from '../client.ts';

/** How early the partition of the next month is created: seven days. */
const leadTimeMs = 7 * 86_400_000;
/** More rows take longer to move out of the default partition than a statement of the Worker may last. */
const maxMovedRows = 50_000;

/**
 * Creates the ledger's partitions of the current month and, seven days ahead, of the next one. Safe to repeat, and beside others
 * that do the same. Returns a time of each month that has no partition, because the default one has too many of its rows to move
 * them now.
 */
export async function createLedgerPartitions(database: Database, now: Date): Promise<Date[]> {
  const times = [now, new Date(now.getTime() + leadTimeMs)].map((time) => time.toISOString());
  const { rows } = await database.execute<{ time: string }>(sql`
    SELECT time FROM jsonb_array_elements_text(${JSON.stringify(times)}::jsonb) AS times (time)
    WHERE NOT create_ledger_partition(time::timestamptz, ${maxMovedRows})`);
  return rows.map(({ time }) => new Date(time));
}
