import { getTableColumns, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { usageLedger } from '../schema/usage-ledger.ts';

export type LedgerRow = typeof usageLedger.$inferInsert;

const columns = Object.entries(getTableColumns(usageLedger)) as readonly [keyof LedgerRow, { readonly name: string }][];
const names = sql.raw(columns.map(([, { name }]) => `"${name}"`).join(', '));

/**
 * Writes rows to the ledger, all of them as one parameter: a parameter for each value would take longer to put together than
 * all the rest of a call. A row whose request id stands there already is left as it is, however often it comes.
 */
export async function insertLedgerRows(database: Database, rows: readonly LedgerRow[]): Promise<void> {
  if (rows.length === 0) return;
  await database.execute(sql`INSERT INTO usage_ledger (${names})
    SELECT ${names} FROM jsonb_populate_recordset(NULL::usage_ledger, ${JSON.stringify(rows.map(toJson))}::jsonb)
    ON CONFLICT DO NOTHING`);
}

/** By the names of the columns. JSON has no integers of 64 bits: Postgres reads them from text. */
function toJson(row: LedgerRow): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(([field, { name }]) => {
      const value = row[field];
      return [name, typeof value === 'bigint' ? value.toString() : value];
    }),
  );
}
