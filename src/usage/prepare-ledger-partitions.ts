import type { Database } from '../db/client.ts';
import { createLedgerPartitions } from '../db/queries/ledger-partitions.ts';
import type { Logger } from '../lib/logger.ts';

/** Creates the partitions that the ledger needs now and in seven days. Rejects if Postgres does not answer; the next run goes on. */
export async function prepareLedgerPartitions(
  { database, logger }: { readonly database: Database; readonly logger: Logger },
  now: Date,
): Promise<void> {
  for (const time of await createLedgerPartitions(database, now)) {
    logger.error('the default partition of the ledger has too many rows to move them: run the query by hand', {
      query: `SELECT create_ledger_partition('${time.toISOString()}')`,
    });
  }
}
