import { and, asc, desc, getTableColumns, gte, inArray, lte, type SQL, sql } from 'drizzle-orm';
import type { RequestFilter } from '../../domain/request-filter.ts';
import type { Database } from '../client.ts';
import { requests } from '../schema/requests.ts';
import { usageLedger } from '../schema/usage-ledger.ts';
import { buildResidualCondition, chooseRequestIndex, globalTime, type RequestIndex } from './request-indexes.ts';

const { loggedAt: _, ...requestColumns } = getTableColumns(requests);

/** A row of the request log. */
export type LoggedRequestRow = Omit<typeof requests.$inferSelect, 'loggedAt'>;

/** An attempt of a request: a row of the ledger. */
export type RequestAttempt = typeof usageLedger.$inferSelect;

/** A place in the order of the log, which is by time and then by id, the newest first. */
export interface LogPosition {
  readonly at: Date;
  /** Empty: behind all requests of that time. */
  readonly id: string;
}

/** A part of the log. */
export interface LogRange {
  /** Inclusive. */
  readonly since: Date;
  /** Exclusive. */
  readonly before: LogPosition;
}

/** A filter that no index serves alone reads so many rows at once. */
export const maxScannedRows = 50_000;

/** Whether a filter reads rows that it does not select, so that a page may end before it is full. */
export function scansRows(filter: RequestFilter): boolean {
  return buildResidualCondition(filter, chooseRequestIndex(filter)) !== undefined;
}

/** Lists requests, the newest first: at most `limit`. Looks at no more than `maxScannedRows` rows. */
export async function listRequests(
  database: Database,
  filter: RequestFilter,
  range: LogRange,
  limit: number,
): Promise<LoggedRequestRow[]> {
  return await database
    .select(requestColumns)
    .from(requests)
    .where(sql`${requests.id} = ANY(ARRAY(${selectIds(filter, range, limit)}))`)
    .orderBy(desc(requests.createdAt), desc(requests.id));
}

/** Finds the last of the rows that `listRequests` looks at; undefined where it looks at all. */
export async function findScanEnd(
  database: Database,
  filter: RequestFilter,
  range: LogRange,
): Promise<LogPosition | undefined> {
  const index = chooseRequestIndex(filter);
  const scanned = sql`${scanIndex(index, range)} OFFSET ${maxScannedRows - 1} LIMIT 1`;
  const [row] = await database
    .select({ at: requests.createdAt, id: requests.id })
    .from(requests)
    .where(sql`${requests.id} = (SELECT id FROM (${scanned}) AS scanned)`);
  return row;
}

/** Finds a request by its id, or else the newest with this id of the client. `tenantId` undefined: of any tenant. */
export async function findRequest(
  database: Database,
  tenantId: string | undefined,
  id: string,
): Promise<LoggedRequestRow | undefined> {
  const everything = { since: new Date(0), before: { at: new Date(8_640_000_000_000), id: '' } };
  const rows = await listRequests(database, { tenantId, id }, everything, 1);
  return rows.find((row) => row.id === id) ?? rows[0];
}

/** Selects the ids of a page. */
function selectIds(filter: RequestFilter, range: LogRange, limit: number): SQL {
  const index = chooseRequestIndex(filter);
  const byIndex = index.acrossTenants ? scanTenants(index, range, limit) : scanFiltered(filter, index, range, limit);
  if (filter.id === undefined) return byIndex;
  const ofTenant = filter.tenantId === undefined ? sql`` : sql`AND tenant_id = ${filter.tenantId}`;
  return sql`SELECT id FROM requests WHERE id = ${filter.id} ${ofTenant} AND ${isInRange(sql`created_at`, range)}
    UNION (${byIndex})`;
}

function scanFiltered(filter: RequestFilter, index: RequestIndex, range: LogRange, limit: number): SQL {
  const residual = buildResidualCondition(filter, index);
  if (!residual) return sql`SELECT id FROM (${scanIndex(index, range)} LIMIT ${limit}) AS scanned`;
  return sql`SELECT id FROM (${scanIndex(index, range)} LIMIT ${maxScannedRows}) AS scanned
    WHERE ${residual} ORDER BY scanned.time DESC, scanned.id DESC LIMIT ${limit}`;
}

/** Selects the rows of an index in a range, the newest first. */
function scanIndex(index: RequestIndex, range: LogRange): SQL {
  return sql`SELECT *, ${index.time} AS time FROM requests WHERE ${isInIndex(index)} AND ${isInRange(index.time, range)}
    ORDER BY ${index.time} DESC, id DESC`;
}

/** Selects from an index that begins with the tenant, for all tenants: a few entries of each. */
function scanTenants(index: RequestIndex, range: LogRange, limit: number): SQL {
  return sql`SELECT newest.id FROM tenants CROSS JOIN LATERAL (
      SELECT id, created_at FROM requests
      WHERE tenant_id = tenants.id AND ${isInIndex(index)} AND ${isInRange(sql`created_at`, range)}
      ORDER BY requests.created_at DESC, requests.id DESC LIMIT ${limit}
    ) AS newest ORDER BY newest.created_at DESC, newest.id DESC LIMIT ${limit}`;
}

function isInIndex({ conditions }: RequestIndex): SQL {
  return and(...conditions) ?? sql`true`;
}

function isInRange(time: SQL, { since, before }: LogRange): SQL {
  const isGlobal = time === globalTime;
  const toTime = (at: Date) => {
    const instant = sql`${at.toISOString()}::timestamptz`;
    return isGlobal ? sql`(${instant} AT TIME ZONE 'UTC')` : instant;
  };
  const names = sql`(${time}, requests.id)`;
  return sql`${names} >= (${toTime(since)}, '') AND ${names} < (${toTime(before.at)}, ${before.id})`;
}

/** Which attempts of requests are found: the ids of requests, and between which times they started. */
interface AttemptQuery {
  readonly ids: readonly string[];
  readonly from: Date;
  readonly to: Date;
}

/** Finds the attempts of requests, each list in the order of the attempts. The times limit the partitions that are read. */
export async function findRequestAttempts(
  database: Database,
  { ids, from, to }: AttemptQuery,
): Promise<Map<string, RequestAttempt[]>> {
  const { requestId, createdAt, attempt } = usageLedger;
  const rows = await database
    .select()
    .from(usageLedger)
    .where(and(inArray(requestId, [...ids]), gte(createdAt, from), lte(createdAt, to)))
    .orderBy(asc(requestId), asc(attempt));
  return Map.groupBy(rows, (row) => row.requestId);
}
