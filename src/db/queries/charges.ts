import { sql } from 'drizzle-orm';
import type { Database, Row } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { tenants } from '../schema/tenants.ts';
import { usageLedger } from '../schema/usage-ledger.ts';
import { usageRollups } from '../schema/usage-rollups.ts';

/** A key or a tenant that has a budget. */
export interface Budget {
  readonly tenantId: string;
  readonly scope: 'key' | 'tenant';
  readonly scopeId: string;
  readonly daily: boolean;
  readonly monthly: boolean;
}

/** The cost of a key on a day, UTC. */
export interface Charge {
  readonly tenantId: string;
  readonly keyId: string;
  /** `2026-11-24` */
  readonly day: string;
  readonly costNanoUsd: bigint;
}

/** The sums of a period. Requests are counted by their last attempt, those without a known price by attempt. */
export interface LedgerSum {
  readonly requests: number;
  readonly costNanoUsd: bigint;
  readonly unpricedRequests: number;
}

/**
 * Finds every budget of a key or a tenant, and those whose end users have one, because of their holds. Includes revoked keys and suspended tenants, because their holds
 * have to be settled too.
 */
export async function findBudgets(database: Database): Promise<Budget[]> {
  const columns = sql.raw('daily_budget_nano_usd IS NOT NULL AS daily, monthly_budget_nano_usd IS NOT NULL AS monthly');
  const limited = sql.raw(
    `daily_budget_nano_usd IS NOT NULL OR monthly_budget_nano_usd IS NOT NULL
      OR end_user_daily_budget_nano_usd IS NOT NULL OR end_user_monthly_budget_nano_usd IS NOT NULL`,
  );
  const { rows } = await database.execute<Row<Budget>>(sql`
    SELECT id AS "tenantId", 'tenant' AS scope, id AS "scopeId", ${columns} FROM ${tenants} WHERE ${limited}
    UNION ALL SELECT tenant_id, 'key', id, ${columns} FROM ${apiKeys} WHERE ${limited} ORDER BY 1, 3`);
  return rows;
}

/** Sums the costs of tenants' keys by day, from the ledger or from its rollups. */
export async function sumCharges(
  database: Database,
  query: {
    readonly tenantIds: readonly string[];
    /** Like `to` the start of an hour. */
    readonly from: Date;
    readonly to: Date;
    readonly by: 'ledger' | 'rollups';
  },
): Promise<Charge[]> {
  const { tenantIds, from, to, by } = query;
  if (tenantIds.length === 0) return [];
  const [table, time] = by === 'ledger' ? [usageLedger, sql`created_at`] : [usageRollups, sql`hour`];
  const ids = sql.join(
    tenantIds.map((id) => sql`${id}`),
    sql`, `,
  );
  const { rows } = await database.execute<Omit<Charge, 'costNanoUsd'> & { cost: string }>(sql`
    SELECT tenant_id AS "tenantId", key_id AS "keyId", to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
      coalesce(sum(cost_nano_usd), 0)::text AS cost
    FROM ${table} WHERE tenant_id IN (${ids})
      AND ${time} >= ${from.toISOString()}::timestamptz AND ${time} < ${to.toISOString()}::timestamptz
    GROUP BY 1, 2, 3`);
  return rows.map(({ cost, ...charge }) => ({ ...charge, costNanoUsd: BigInt(cost) }));
}

/** Sums the ledger itself. */
export async function sumLedger(database: Database, { from, to }: { from: Date; to: Date }): Promise<LedgerSum> {
  const { rows } = await database.execute(sql`
    SELECT count(*) FILTER (WHERE is_last) AS requests, coalesce(sum(cost_nano_usd), 0)::text AS cost,
      count(*) FILTER (WHERE cost_nano_usd IS NULL) AS unpriced
    FROM ${usageLedger}
    WHERE created_at >= ${from.toISOString()}::timestamptz AND created_at < ${to.toISOString()}::timestamptz`);
  return {
    requests: Number(rows[0]?.requests),
    costNanoUsd: BigInt(String(rows[0]?.cost)),
    unpricedRequests: Number(rows[0]?.unpriced),
  };
}

/** Sums the cost of a request's attempts in the ledger; undefined if it has no row, null if the price of one is unknown. */
export async function findLedgerCost(database: Database, requestId: string): Promise<bigint | null | undefined> {
  const { rows } = await database.execute<{ cost: string; isPriced: boolean | null }>(sql`
    SELECT coalesce(sum(cost_nano_usd), 0)::text AS cost, bool_and(cost_nano_usd IS NOT NULL) AS "isPriced"
    FROM ${usageLedger} WHERE request_id = ${requestId}`);
  const [sum] = rows;
  if (sum?.isPriced == null) return undefined;
  return sum.isPriced ? BigInt(sum.cost) : null;
}

/** Lists the ids of all tenants. */
export async function listTenantIds(database: Database): Promise<string[]> {
  const rows = await database.select({ id: tenants.id }).from(tenants).orderBy(tenants.id);
  return rows.map(({ id }) => id);
}
