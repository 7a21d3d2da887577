import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { AuditActor, AuditValues } from '../../domain/audit.ts';
import type { Database } from '../client.ts';
import { usageLedger } from '../schema/usage-ledger.ts';
import { insertChangeEntries, jsonbParameter, noState } from './audit-log.ts';

export type LedgerRow = typeof usageLedger.$inferInsert;

const columns = Object.entries(getTableColumns(usageLedger));
const columnList = sql.raw(columns.map(([, { name }]) => `"${name}"`).join(', '));

/**
 * Writes rows to the ledger, all of them as one parameter: serialising one parameter per value would take longer than the
 * rest of a request. A row of the same request, attempt and time is left as it is.
 */
export async function insertLedgerRows(database: Database, rows: readonly LedgerRow[]): Promise<void> {
  if (rows.length === 0) return;
  await database.execute(insertRows(rows));
}

function insertRows(rows: readonly LedgerRow[]): SQL {
  return sql`INSERT INTO usage_ledger (${columnList})
    SELECT ${columnList} FROM jsonb_populate_recordset(NULL::usage_ledger, ${JSON.stringify(rows.map(toLedgerJson))}::jsonb)
    ON CONFLICT DO NOTHING`;
}

/** The settlement of a hold by an operator. */
export interface HoldSettlement {
  readonly actor: AuditActor;
  readonly holdId: string;
  /** What the audit log shows of it. */
  readonly values: AuditValues;
}

/** Writes the row of a settled hold to the ledger, with an entry in the audit log. Writes neither where the row is there. */
export async function insertSettlement(
  database: Database,
  row: LedgerRow,
  { actor, holdId, values }: HoldSettlement,
): Promise<void> {
  const entry = insertChangeEntries({
    actor,
    entries: [{ action: 'hold.settled' }],
    subjectType: 'hold',
    subjectId: sql`${holdId}::text`,
    tenantId: sql`changed.tenant_id`,
    before: noState,
    after: jsonbParameter(values),
    from: sql`changed`,
  });
  await database.execute(sql`WITH changed AS (${insertRows([row])} RETURNING tenant_id) ${entry}`);
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
