import { getTableColumns, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { usageLedger } from '../schema/usage-ledger.ts';

export type LedgerRow = typeof usageLedger.$inferInsert;

const columns = Object.entries(getTableColumns(usageLedger));
const columnList = sql.raw(columns.map(([, { name }]) => `"${name}"`).join(', '));

/**
 * Writes rows to the ledger, all of them as one parameter: serialising one parameter per value would take longer than the
 * rest of a request. A row of the same request, attempt and time is left as it is.
 */
export async function insertLedgerRows(database: Database, rows: readonly LedgerRow[]): Promise<void> {
  if (rows.length === 0) return;
  await database.execute(sql`INSERT INTO usage_ledger (${columnList})
    SELECT ${columnList} FROM jsonb_populate_recordset(NULL::usage_ledger, ${JSON.stringify(rows.map(toLedgerJson))}::jsonb)
    ON CONFLICT DO NOTHING`);
}

/** A row by the names of its columns. JSON has no 64-bit integers: Postgres reads them from text. */
export function toLedgerJson(row: LedgerRow): Record<string, unknown> {
  const values: Readonly<Record<string, unknown>> = row;
  return Object.fromEntries(
    columns.map(([field, { name }]) => {
      const value = values[field];
      return [name, typeof value === 'bigint' ? value.toString() : value];
    }),
  );
}
