import type { Database } from '../db/client.ts';
import { findApiKeys } from '../db/queries/api-keys.ts';
import {
  findScanEnd,
  type LoggedRequestRow,
  type LogPosition,
  type LogRange,
  listRequests,
  scansRows,
} from '../db/queries/requests.ts';
import { invalidFieldError } from '../domain/errors.ts';
import type { RequestFilter } from '../domain/request-filter.ts';
import { decodeRequestCursor, encodeRequestCursor, type RequestCursor } from './request-cursor.ts';
import type { RequestQuery } from './request-query.ts';

export interface LogDependencies {
  readonly database: Database;
  readonly now: () => number;
}

interface PageArguments {
  readonly first: number;
  /** The cursor of the page before. */
  readonly after?: string | undefined;
}

/** A page of the request log, the newest first. */
export interface RequestPage {
  readonly rows: readonly LoggedRequestRow[];
  /** The cursor of the next page; null: there is none. */
  readonly next: string | null;
  /** Where the page ended before it was full, because it had looked at many rows: the time up to which. */
  readonly scannedUntil: Date | null;
}

const hourMs = 3_600_000;
const defaultRangeMs = 24 * hourMs;
const maxRangeDays = 31;
/** A range that ends now grows while a client reads page after page. */
const maxRangeMs = (maxRangeDays * 24 + 1) * hourMs;
/** The clock of another isolate may be ahead. */
const maxClockSkewMs = hourMs;
const noPage: RequestPage = { rows: [], next: null, scannedUntil: null };

/** Finds a page of the requests that a query selects. Throws `invalid_request` for a range that is too long, and for a foreign cursor. */
export async function findRequests(
  { database, now }: LogDependencies,
  query: RequestQuery,
  { first, after }: PageArguments,
): Promise<RequestPage> {
  const cursor = after === undefined ? undefined : decodeRequestCursor(after, query);
  const range = chooseRange(query, cursor, now());
  const filter = await completeFilter(database, query.filter);
  if (!filter) return noPage;
  const found = await listRequests(database, filter, range, first + 1);
  const rows = found.slice(0, first);
  const toCursor = (position: LogPosition) => encodeRequestCursor({ ...position, since: range.since }, query);
  const last = toPosition(rows.at(-1));
  if (found.length > rows.length) return { rows, next: last ? toCursor(last) : null, scannedUntil: null };
  const scanEnd = scansRows(filter) ? await findScanEnd(database, filter, range) : undefined;
  if (!scanEnd) return { rows, next: null, scannedUntil: null };
  // Rows that were written in between may have moved the end of the scan to a place before the last row.
  const end = last && isBefore(scanEnd, last) ? last : scanEnd;
  return { rows, next: toCursor(end), scannedUntil: end.at };
}

/** The indexes begin with the tenant, which the key names. Returns undefined for a key that is not known. */
async function completeFilter(database: Database, filter: RequestFilter): Promise<RequestFilter | undefined> {
  if (filter.keyId === undefined || filter.tenantId !== undefined) return filter;
  const [key] = await findApiKeys(database, [filter.keyId]);
  return key && { ...filter, tenantId: key.tenantId };
}

function chooseRange(
  { filter, path, since, until }: RequestQuery,
  cursor: RequestCursor | undefined,
  nowMs: number,
): LogRange {
  const endMs = until?.getTime() ?? nowMs;
  // An id is looked up however old it is.
  const isLookup = filter.id !== undefined;
  const start = cursor?.since ?? since ?? new Date(isLookup ? 0 : endMs - defaultRangeMs);
  const before = cursor ?? { at: until ?? new Date(nowMs + maxClockSkewMs), id: '' };
  if (start.getTime() >= endMs)
    throw invalidFieldError([...path, 'since'], 'must be before until, which is now by default');
  if (!isLookup && (cursor?.at.getTime() ?? endMs) - start.getTime() > maxRangeMs) {
    const problem = `must be at most ${maxRangeDays} days before until, which is now by default`;
    throw cursor
      ? invalidFieldError(['after'], 'must be the cursor of a page')
      : invalidFieldError([...path, 'since'], problem);
  }
  return { since: start, before };
}

function toPosition(row: LoggedRequestRow | undefined): LogPosition | undefined {
  return row && { at: row.createdAt, id: row.id };
}

/** Whether a position comes before another one: the newest is the first. */
function isBefore(left: LogPosition, right: LogPosition): boolean {
  return left.at > right.at || (left.at.getTime() === right.at.getTime() && left.id > right.id);
}
