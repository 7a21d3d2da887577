import { desc, inArray, sql } from 'drizzle-orm';
import type { RequestFilter } from '../../domain/request-filter.ts';
import type { Database, Row } from '../client.ts';
import { requests } from '../schema/requests.ts';
import { buildRequestCondition } from './request-indexes.ts';
import type { LoggedRequestRow } from './requests.ts';

/** The maximum of new requests that are counted. */
const maxNewRequests = 1000;

/** Requests that were written after a time. */
export interface NewRequests {
  /** The newest first. */
  readonly ids: readonly string[];
  /** The clock of Postgres, in milliseconds. */
  readonly nowMs: number;
}

interface NewRequestsQuery {
  /** Only rows that were written later, in milliseconds of the clock of Postgres. Absent: none, for its clock alone. */
  readonly afterMs: number | undefined;
  /** Ids to leave out. */
  readonly except: readonly string[];
}

/** Lists requests by the time at which their rows were written, which is after they have ended: at most 1,000. */
export async function listNewRequests(
  database: Database,
  filter: RequestFilter,
  { afterMs, except }: NewRequestsQuery,
): Promise<NewRequests> {
  const condition = buildRequestCondition(filter);
  const after = afterMs === undefined ? sql`now()` : sql`to_timestamp(${afterMs}::float8 / 1000)`;
  const { rows } = await database.execute<Row<{ ids: string[]; nowMs: number }>>(sql`
    SELECT (extract(epoch FROM now()) * 1000)::float8 AS "nowMs",
      coalesce(jsonb_agg(id ORDER BY logged_at DESC, id DESC), '[]') AS ids
    FROM (
      SELECT id, logged_at FROM requests
      WHERE logged_at > ${after} AND id NOT IN (SELECT jsonb_array_elements_text(${JSON.stringify(except)}::jsonb))
        ${condition ? sql`AND ${condition}` : sql``}
      ORDER BY logged_at DESC LIMIT ${maxNewRequests}
    ) AS new`);
  const [row] = rows;
  return { ids: row?.ids ?? [], nowMs: Number(row?.nowMs) };
}

/** Finds requests by their ids, the newest first. */
export async function findRequestsById(database: Database, ids: readonly string[]): Promise<LoggedRequestRow[]> {
  return await database
    .select()
    .from(requests)
    .where(inArray(requests.id, [...ids]))
    .orderBy(desc(requests.createdAt), desc(requests.id));
}
