import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { jobs } from '../schema/jobs.ts';
import { requestBodies } from '../schema/request-bodies.ts';
import { requests } from '../schema/requests.ts';
import { labelNames, usageLabels } from '../schema/usage-labels.ts';
import { usageLedger } from '../schema/usage-ledger.ts';

/** An end user of a tenant. */
export interface EndUser {
  readonly tenantId: string;
  readonly endUser: string;
}

/** The label of the sums of all end users that were forgotten. */
const erasedLabel = '(erased)';

/** The places that name an end user, each with the statement that changes up to `limit` of its rows. */
export const endUserPlaces = ['requests', 'ledgerRows', 'bodies', 'jobs'] as const;

export type EndUserPlace = (typeof endUserPlaces)[number];

const statements: Readonly<Record<EndUserPlace, (endUser: EndUser, limit: number) => SQL>> = {
  requests: (endUser, limit) => sql`
    UPDATE ${requests} SET end_user = NULL, session_id = NULL
    WHERE id IN (SELECT id FROM ${requests} WHERE ${isOf(endUser)} LIMIT ${limit}) RETURNING 1`,
  ledgerRows: (endUser, limit) => sql`
    UPDATE ${usageLedger} SET end_user = NULL WHERE (created_at, request_id, attempt) IN (
      SELECT created_at, request_id, attempt FROM ${usageLedger} WHERE ${isOf(endUser)} LIMIT ${limit}
    ) RETURNING 1`,
  bodies: (endUser, limit) => sql`
    DELETE FROM ${requestBodies}
    WHERE request_id IN (SELECT request_id FROM ${requestBodies} WHERE ${isOf(endUser)} LIMIT ${limit}) RETURNING 1`,
  jobs: (endUser, limit) => sql`
    UPDATE ${jobs} SET end_user = NULL, session_id = NULL
    WHERE id IN (SELECT id FROM ${jobs} WHERE ${isOf(endUser)} LIMIT ${limit}) RETURNING 1`,
};

function isOf({ tenantId, endUser }: EndUser): SQL {
  return sql`tenant_id = ${tenantId} AND end_user = ${endUser}`;
}

/** Takes an end user out of up to `limit` rows of a place. Returns their number. */
export async function eraseEndUser(
  database: Database,
  place: EndUserPlace,
  endUser: EndUser,
  limit: number,
): Promise<number> {
  const { rows } = await database.execute(statements[place](endUser, limit));
  return rows.length;
}

/** Adds the sums of an end user to those of all that were forgotten, and removes the name. Returns the number of days. */
export async function eraseEndUserSums(database: Database, { tenantId, endUser }: EndUser): Promise<number> {
  const isLabel = sql`tenant_id = ${tenantId} AND type = 'end_user' AND label = ${endUser}`;
  const sums = [
    ...['requests', 'errors', 'refused', 'attempts', 'input_tokens', 'output_tokens', 'cache_read_tokens'],
    ...['reasoning_tokens', 'cost_nano_usd', 'unpriced_requests', 'saved_nano_usd'],
  ];
  const list = sql.raw(sums.join(', '));
  const added = sql.raw(sums.map((name) => `${name} = known.${name} + excluded.${name}`).join(', '));
  const { rows } = await database.execute(sql`
    WITH name AS (DELETE FROM ${labelNames} WHERE ${isLabel}
    ), removed AS (DELETE FROM ${usageLabels} WHERE ${isLabel} RETURNING *)
    INSERT INTO usage_labels AS known (tenant_id, type, label, day, ${list})
    SELECT tenant_id, type, ${erasedLabel}, day, ${list} FROM removed ORDER BY day
    ON CONFLICT (tenant_id, type, label, day) DO UPDATE SET ${added} RETURNING 1`);
  return rows.length;
}

/** Finds the keys of a tenant that have the end user for all their requests. */
export async function findKeysOfEndUser(database: Database, endUser: EndUser): Promise<string[]> {
  const { rows } = await database.execute(sql`SELECT id FROM ${apiKeys} WHERE ${isOf(endUser)} ORDER BY id`);
  return rows.map(({ id }) => String(id));
}
