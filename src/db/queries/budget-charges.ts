import { sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { usageLedger } from '../schema/usage-ledger.ts';
import { usageRollups } from '../schema/usage-rollups.ts';

/**
 * Sums what the requests of a key or a tenant that started in a period have cost, and finds which of some requests have rows,
 * all at one moment. Whole hours are read from the rollups. `from` is the start of an hour.
 */
export async function sumBudgetCharges(
  database: Database,
  query: {
    readonly tenantId: string;
    readonly scope: 'key' | 'tenant';
    readonly scopeId: string;
    readonly from: Date;
    /** Exclusive. */
    readonly before: Date;
    readonly requestIds: readonly string[];
  },
): Promise<{ chargedNanoUsd: bigint; storedIds: string[] }> {
  const { tenantId, scope, scopeId, from, before, requestIds } = query;
  const hour = new Date(Math.max(from.getTime(), Math.floor(before.getTime() / hourMs) * hourMs));
  const owner = sql`tenant_id = ${tenantId} ${scope === 'key' ? sql`AND key_id = ${scopeId}` : sql``}`;
  const { rows } = await database.execute<{ charged: string; stored: string[] }>(sql`
    SELECT (
      (SELECT coalesce(sum(cost_nano_usd), 0) FROM ${usageRollups}
        WHERE ${owner} AND hour >= ${toTimestamp(from)} AND hour < ${toTimestamp(hour)})
      + (SELECT coalesce(sum(cost_nano_usd), 0) FROM ${usageLedger}
        WHERE ${owner} AND created_at >= ${toTimestamp(hour)} AND created_at < ${toTimestamp(before)})
    )::text AS charged, ${storedIds(requestIds)} AS stored`);
  return { chargedNanoUsd: BigInt(String(rows[0]?.charged)), storedIds: rows[0]?.stored ?? [] };
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
