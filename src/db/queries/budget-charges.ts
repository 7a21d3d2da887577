import { type SQL, sql } from 'drizzle-orm';
import type { CountedEndUser, LimitOwner, LimitScope } from '../../domain/limits.ts';
import type { Database } from '../client.ts';
import { usageLedger } from '../schema/usage-ledger.ts';
import { usageDays, usageRollups } from '../schema/usage-rollups.ts';

/**
 * Sums what the requests of a key, a tenant or an end user that started in a period have cost, and finds which of some requests have rows,
 * all at one moment. Whole hours are read from the rollups. `from` is the start of an hour.
 */
export async function sumBudgetCharges(
  database: Database,
  query: {
    readonly tenantId: string;
    readonly scope: LimitScope;
    readonly scopeId: string;
    readonly endUser?: CountedEndUser | undefined;
    readonly from: Date;
    /** Exclusive. */
    readonly before: Date;
    readonly requestIds: readonly string[];
  },
): Promise<{ chargedNanoUsd: bigint; storedIds: string[] }> {
  const { tenantId, scope, scopeId, endUser, from, before, requestIds } = query;
  const hour = new Date(Math.max(from.getTime(), Math.floor(before.getTime() / hourMs) * hourMs));
  const owner = isOwnedBy(tenantId, endUser ?? { owner: scope === 'key' ? 'key' : 'tenant', ownerId: scopeId });
  const all = sql`(SELECT coalesce(sum(cost_nano_usd), 0) FROM ${usageRollups}
      WHERE ${owner} AND hour >= ${toTimestamp(from)} AND hour < ${toTimestamp(hour)})
    + (SELECT coalesce(sum(cost_nano_usd), 0) FROM ${usageLedger}
      WHERE ${owner} AND created_at >= ${toTimestamp(hour)} AND created_at < ${toTimestamp(before)})`;
  const sumOf = (endUsers: SQL) => sql`(SELECT coalesce(sum(cost_nano_usd), 0) FROM ${usageLedger}
    WHERE ${owner} AND ${endUsers} AND created_at >= ${toTimestamp(from)} AND created_at < ${toTimestamp(before)})`;
  const named = sql`end_user IS NOT NULL`;
  let charged = all;
  if (endUser?.name === null) charged = sql`${all} - ${sumOf(named)}`;
  // Which end users share a counter is not known: it counts what all of them have spent, never too little.
  else if (endUser) charged = sumOf(endUser.isShared ? named : sql`end_user = ${endUser.name}`);
  const { rows } = await database.execute<{ charged: string; stored: string[] }>(sql`
    SELECT (${charged})::text AS charged, ${storedIds(requestIds)} AS stored`);
  return { chargedNanoUsd: BigInt(String(rows[0]?.charged)), storedIds: rows[0]?.stored ?? [] };
}

/**
 * Sums what keys and tenants were charged in the day and in its month, UTC, from the daily sums, by their ids. Owners without
 * charges are missing. `day`: `2026-11-24`.
 */
export async function sumOwnerCharges(
  database: Database,
  owners: readonly Pick<LimitOwner, 'scope' | 'scopeId' | 'tenantId'>[],
  day: string,
): Promise<Map<string, { readonly dayNanoUsd: bigint; readonly monthNanoUsd: bigint }>> {
  const ofScope = (scope: LimitOwner['scope']) =>
    JSON.stringify(
      owners.filter((owner) => owner.scope === scope).map(({ tenantId, scopeId: id }) => ({ tenantId, id })),
    );
  const from = toTimestamp(new Date(`${day.slice(0, 7)}-01`));
  const sumsOf = (scope: LimitOwner['scope'], isOwner: SQL) => sql`
    SELECT owner.id, coalesce(sum(sums.cost_nano_usd) FILTER (WHERE sums.day >= ${toTimestamp(new Date(day))}), 0)::text AS day,
      sum(sums.cost_nano_usd)::text AS month
    FROM jsonb_to_recordset(${ofScope(scope)}::jsonb) AS owner("tenantId" text, id text)
    JOIN ${usageDays} AS sums ON sums.tenant_id = owner."tenantId" AND ${isOwner}
    WHERE sums.day >= ${from}
    GROUP BY owner.id`;
  const { rows } = await database.execute<{ id: string; day: string; month: string }>(sql`
    ${sumsOf('key', sql`sums.key_id = owner.id`)} UNION ALL ${sumsOf('tenant', sql`true`)}`);
  return new Map(
    rows.map(({ id, day, month }) => [id, { dayNanoUsd: BigInt(String(day)), monthNanoUsd: BigInt(String(month)) }]),
  );
}

/** Returns whether a key or a tenant has requests in a period, and requests with an end user. */
export async function findEndUserCharges(
  database: Database,
  query: {
    readonly tenantId: string;
    readonly endUser: Pick<CountedEndUser, 'owner' | 'ownerId'>;
    readonly from: Date;
    /** Exclusive. Like `from` the start of an hour. */
    readonly before: Date;
  },
): Promise<{ hasAny: boolean; hasEndUser: boolean }> {
  const { tenantId, endUser, from, before } = query;
  const owner = isOwnedBy(tenantId, endUser);
  const { rows } = await database.execute<{ has_any: boolean; named: boolean }>(sql`
    SELECT has_any, CASE WHEN has_any THEN EXISTS (
      SELECT FROM ${usageLedger} WHERE ${owner} AND end_user IS NOT NULL
        AND created_at >= ${toTimestamp(from)} AND created_at < ${toTimestamp(before)}
    ) ELSE false END AS named
    FROM (SELECT EXISTS (
      SELECT FROM ${usageRollups} WHERE ${owner} AND hour >= ${toTimestamp(from)} AND hour < ${toTimestamp(before)}
    ) AS has_any) AS charges`);
  return { hasAny: rows[0]?.has_any ?? false, hasEndUser: rows[0]?.named ?? false };
}

function isOwnedBy(tenantId: string, { owner, ownerId }: Pick<CountedEndUser, 'owner' | 'ownerId'>) {
  return owner === 'key' ? sql`tenant_id = ${tenantId} AND key_id = ${ownerId}` : sql`tenant_id = ${tenantId}`;
}

/** Returns the ids of the requests whose last attempt, and with it each one before, is in the ledger. */
export async function findStoredRequests(database: Database, requestIds: readonly string[]): Promise<string[]> {
  const { rows } = await database.execute<{ stored: string[] }>(sql`SELECT ${storedIds(requestIds)} AS stored`);
  return rows[0]?.stored ?? [];
}

const hourMs = 3_600_000;

function toTimestamp(time: Date) {
  return sql`${time.toISOString()}::timestamptz`;
}

/** One parameter for all ids. The attempts of a request are written by one statement. */
function storedIds(requestIds: readonly string[]) {
  return sql`(SELECT coalesce(jsonb_agg(request_id), '[]'::jsonb) FROM ${usageLedger}
    WHERE request_id IN (SELECT jsonb_array_elements_text(${JSON.stringify(requestIds)}::jsonb)) AND is_last)`;
}
