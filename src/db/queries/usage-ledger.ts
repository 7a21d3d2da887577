import type { Database } from '../client.ts';
import { usageLedger } from '../schema/usage-ledger.ts';

export type LedgerRow = typeof usageLedger.$inferInsert;

/** Postgres takes 65,535 parameters a statement; a row has 23. */
const rowsPerStatement = 1000;

/** Writes rows to the ledger. A row whose request id stands there already is left as it is, however often it comes. */
export async function insertLedgerRows(database: Database, rows: readonly LedgerRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsPerStatement) {
    await database
      .insert(usageLedger)
      .values(rows.slice(start, start + rowsPerStatement))
      .onConflictDoNothing();
  }
}
