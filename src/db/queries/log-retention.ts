import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { requestBodies } from '../schema/request-bodies.ts';
import { requests } from '../schema/requests.ts';
import { tenants } from '../schema/tenants.ts';
import { labelNames, usageLabels } from '../schema/usage-labels.ts';
import { globalTime } from './request-indexes.ts';

/** Deletes requests from the log, `days` days after they started, the oldest first: up to `limit` at once. Returns their number. */
export async function purgeRequests(database: Database, days: number, limit: number): Promise<number> {
  return await countDeleted(
    database,
    sql`DELETE FROM ${requests} WHERE id = ANY(ARRAY(
      SELECT id FROM ${requests} WHERE ${globalTime} < (now() - ${days} * interval '1 day') AT TIME ZONE 'UTC'
      ORDER BY ${globalTime}, id LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ))`,
  );
}

/** Deletes the bodies of requests that have expired: up to `limit` at once. Returns their number. */
export async function purgeRequestBodies(database: Database, limit: number): Promise<number> {
  return await countDeleted(
    database,
    sql`DELETE FROM ${requestBodies} WHERE request_id = ANY(ARRAY(
      SELECT request_id FROM ${requestBodies} WHERE expires_at < now() ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ))`,
  );
}

/** Deletes the sums of days that are over for `days` days: up to `limit` at once. Returns their number. */
export async function purgeLabelSums(database: Database, days: number, limit: number): Promise<number> {
  const old = selectOldLabels(sql`${usageLabels}`, sql`day`, days, limit);
  return await countDeleted(database, sql`DELETE FROM ${usageLabels} WHERE ctid = ANY(ARRAY(${old}))`);
}

/** Deletes the names of labels that are so old: up to `limit` at once. Returns their number. A label that comes back is a new one. */
export async function purgeLabelNames(database: Database, days: number, limit: number): Promise<number> {
  const old = selectOldLabels(sql`${labelNames}`, sql`first_seen_at`, days, limit);
  return await countDeleted(database, sql`DELETE FROM ${labelNames} WHERE ctid = ANY(ARRAY(${old}))`);
}

/** Selects the places of old rows, tenant by tenant and type by type, as the indexes have them. */
function selectOldLabels(table: SQL, time: SQL, days: number, limit: number): SQL {
  return sql`SELECT old.place FROM ${tenants} CROSS JOIN (VALUES ('end_user'), ('tag'), ('route')) AS label (type)
    CROSS JOIN LATERAL (
      SELECT ctid AS place FROM ${table} AS item
      WHERE item.tenant_id = ${tenants.id} AND item.type = label.type AND item.${time} < now() - ${days} * interval '1 day'
      LIMIT ${limit}
    ) AS old LIMIT ${limit}`;
}

async function countDeleted(database: Database, statement: SQL): Promise<number> {
  const { rows } = await database.execute(
    sql`WITH deleted AS (${statement} RETURNING 1) SELECT count(*)::integer AS deleted FROM deleted`,
  );
  return Number(rows[0]?.deleted);
}
