import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { AuditActor, AuditValues } from '../../domain/audit.ts';
import type { Database } from '../client.ts';
import { requests } from '../schema/requests.ts';
import { usageLedger } from '../schema/usage-ledger.ts';
import { insertChangeEntries, jsonbParameter, noState } from './audit-log.ts';

export type LedgerRow = typeof usageLedger.$inferInsert;

export type RequestRow = typeof requests.$inferInsert;

const columns = getTableColumns(usageLedger);
const columnList = listColumns(columns);
const requestColumns = getTableColumns(requests);
const requestColumnList = listColumns(requestColumns);
const entryColumnList = listColumns(requestColumns, 'entry.');

/** What the gateway writes of requests that have ended. */
export interface UsageRows {
  readonly attempts: readonly LedgerRow[];
  readonly requests: readonly RequestRow[];
}

/** No rows. */
export const noUsageRows: UsageRows = { attempts: [], requests: [] };

/**
 * Writes the attempts of requests to the ledger and the requests to their log, in one statement. A row that is there already is left as
 * it is.
 */
export async function insertUsage(database: Database, { attempts, requests: rows }: UsageRows): Promise<void> {
  if (rows.length === 0) return await insertLedgerRows(database, attempts);
  await database.execute(sql`WITH ledger AS (
      INSERT INTO usage_ledger (${columnList})
      SELECT ${columnList} FROM jsonb_populate_recordset(NULL::usage_ledger, ${JSON.stringify(attempts.map(toLedgerJson))}::jsonb)
      ON CONFLICT DO NOTHING
    ), log AS (${insertRequestsStatement(rows)})
    SELECT 1`);
}

/** Returns the statement that writes rows to the request log. `from`: a source that has to have a row, such as `job,`. */
export function insertRequestsStatement(rows: readonly RequestRow[], from: SQL = sql``): SQL {
  return sql`INSERT INTO requests (${requestColumnList})
    SELECT ${entryColumnList} FROM ${from} jsonb_populate_recordset(NULL::requests, ${JSON.stringify(rows.map(toRequestJson))}::jsonb) AS entry
    ON CONFLICT DO NOTHING`;
}

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

/** A row by the names of its columns. */
export function toLedgerJson(row: LedgerRow): Record<string, unknown> {
  return toJson(columns, row);
}

/** A row with the default of the column that has one. */
function toRequestJson(row: RequestRow): Record<string, unknown> {
  return toJson(requestColumns, { represents: 1, ...row });
}

type Columns = Readonly<Record<string, { readonly name: string }>>;

function listColumns(table: Columns, prefix: '' | 'entry.' = ''): SQL {
  const names = Object.values(table).map(({ name }) => `${prefix}"${name}"`);
  return sql.raw(names.join(', '));
}

/** JSON has no 64-bit integers: Postgres reads them from text. */
function toJson(table: Columns, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).map(([field, { name }]) => {
      const value = row[field];
      return [name, typeof value === 'bigint' ? value.toString() : value];
    }),
  );
}
