import { eq, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
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

/** What a key has cost on a day, UTC. */
export interface Charge {
  readonly tenantId: string;
  readonly keyId: string;
  /** `2026-11-24` */
  readonly day: string;
  readonly costNanoUsd: bigint;
}

/** What all calls of a period come to. */
export interface LedgerSum {
  readonly requests: number;
  readonly costNanoUsd: bigint;
  readonly unpricedRequests: number;
}

/** Every budget, those of revoked keys and suspended tenants too: what is held for them has to end as well. */
export async function findBudgets(database: Database): Promise<Budget[]> {
  const columns = sql.raw('daily_budget_nano_usd IS NOT NULL AS daily, monthly_budget_nano_usd IS NOT NULL AS monthly');
  const limited = sql.raw('daily_budget_nano_usd IS NOT NULL OR monthly_budget_nano_usd IS NOT NULL');
  const { rows } = await database.execute(sql`
    SELECT id AS tenant_id, 'tenant' AS scope, id AS scope_id, ${columns} FROM ${tenants} WHERE ${limited}
    UNION ALL SELECT tenant_id, 'key', id, ${columns} FROM ${apiKeys} WHERE ${limited} ORDER BY 1, 3`);
  return rows.map((row) => ({
    tenantId: String(row.tenant_id),
    scope: row.scope === 'key' ? 'key' : 'tenant',
    scopeId: String(row.scope_id),
    daily: row.daily === true,
    monthly: row.monthly === true,
  }));
}

/** Adds up what the keys of some tenants have cost on each day, by every row of the ledger or by its rollups. */
export async function sumCharges(
  database: Database,
  question: {
    readonly tenantIds: readonly string[];
    /** The beginning of an hour, as `to`. */
    readonly from: Date;
    readonly to: Date;
    readonly by: 'ledger' | 'rollups';
  },
): Promise<Charge[]> {
  const { tenantIds, from, to, by } = question;
  if (tenantIds.length === 0) return [];
  const [table, time] = by === 'ledger' ? [usageLedger, sql`created_at`] : [usageRollups, sql`hour`];
  const ids = sql.join(
    tenantIds.map((id) => sql`${id}`),
    sql`, `,
  );
  const { rows } = await database.execute(sql`
    SELECT tenant_id, key_id, to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
      coalesce(sum(cost_nano_usd), 0)::text AS cost
    FROM ${table} WHERE tenant_id IN (${ids})
      AND ${time} >= ${from.toISOString()}::timestamptz AND ${time} < ${to.toISOString()}::timestamptz
    GROUP BY 1, 2, 3`);
  return rows.map((row) => ({
    tenantId: String(row.tenant_id),
    keyId: String(row.key_id),
    day: String(row.day),
    costNanoUsd: BigInt(String(row.cost)),
  }));
}

/** Adds up the ledger itself. */
export async function sumLedger(database: Database, { from, to }: { from: Date; to: Date }): Promise<LedgerSum> {
  const { rows } = await database.execute(sql`
    SELECT count(*) AS requests, coalesce(sum(cost_nano_usd), 0)::text AS cost,
      count(*) FILTER (WHERE cost_nano_usd IS NULL) AS unpriced
    FROM ${usageLedger}
    WHERE created_at >= ${from.toISOString()}::timestamptz AND created_at < ${to.toISOString()}::timestamptz`);
  return {
    requests: Number(rows[0]?.requests),
    costNanoUsd: BigInt(String(rows[0]?.cost)),
    unpricedRequests: Number(rows[0]?.unpriced),
  };
}

/** What the ledger has for a request; undefined where it has no row, null where its price is not known. */
export async function findLedgerCost(database: Database, requestId: string): Promise<bigint | null | undefined> {
  const [row] = await database
    .select({ costNanoUsd: usageLedger.costNanoUsd })
    .from(usageLedger)
    .where(eq(usageLedger.requestId, requestId));
  return row?.costNanoUsd;
}

/** The ids of all tenants. */
export async function listTenantIds(database: Database): Promise<string[]> {
  const rows = await database.select({ id: tenants.id }).from(tenants).orderBy(tenants.id);
  return rows.map(({ id }) => id);
}
