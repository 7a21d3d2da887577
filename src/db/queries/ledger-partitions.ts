import { sql } from 'drizzle-orm';
import type { Database } from '../client.ts';

/** How early the partition of the next month is created, in days. */
const leadTimeDays = 7;
/** More rows take longer to move out of the default partition than a statement of the Worker may last. */
const maxMovedRows = 50_000;

/**
 * Creates the ledger's partitions of the current month and, seven days ahead, of the next one. Safe to repeat, and beside others
 * that do the same. Returns false if the default partition has too many rows of these months to move them now.
 */
export async function createLedgerPartitions(database: Database, now: Date): Promise<boolean> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const { rows } = await database.execute<{ areCreated: boolean }>(sql`
    SELECT bool_and(create_ledger_partition(month, ${maxMovedRows})) AS "areCreated"
    FROM unnest(ARRAY[${at}, ${at} + ${leadTimeDays} * interval '1 day']) AS month`);
  return rows[0]?.areCreated === true;
}
