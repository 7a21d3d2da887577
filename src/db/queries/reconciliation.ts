import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { tenants } from '../schema/tenants.ts';
import { usageLedger } from '../schema/usage-ledger.ts';
import { usageRollups } from '../schema/usage-rollups.ts';

/** Whole hours, UTC. */
export interface BillPeriod {
  readonly from: Date;
  readonly to: Date;
  /** Leaves out what belongs to no tenant that there is: an index finds the rest. */
  readonly knownTenantsOnly?: boolean | undefined;
}

/** What a group of calls comes to. */
interface GroupSums {
  readonly requests: number;
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: bigint;
  readonly unpricedRequests: number;
}

/** An hour of a key, a provider, a model and a source that the ledger and its rollup tell differently. */
export interface RollupDifference {
  readonly tenantId: string;
  readonly hour: Date;
  readonly keyId: string;
  readonly provider: string;
  readonly model: string;
  readonly source: string;
  /** Null: it has no row. */
  readonly ledger: GroupSums | null;
  /** Null: there is none. */
  readonly rollup: GroupSums | null;
}

const maxListed = 1_000;

const group = sql.raw('tenant_id, hour, key_id, provider, model, source');
const sumNames = [
  ...['requests', 'errors', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens'],
  ...['reasoning_tokens', 'cost_nano_usd', 'unpriced_requests', 'first_byte_counts'],
];
const sums = sql.raw(sumNames.join(', '));
const sumsOf = (name: string) => sql.raw(sumNames.map((sum) => `${name}.${sum}`).join(', '));

/** The groups of the period in which the ledger, added up as its trigger does, is not what the rollups say. */
function different({ from, to, knownTenantsOnly = false }: BillPeriod): SQL {
  const within = (time: SQL) => sql`
    ${time} >= ${from.toISOString()}::timestamptz AND ${time} < ${to.toISOString()}::timestamptz
    ${knownTenantsOnly ? sql`AND tenant_id = ANY(ARRAY(SELECT id FROM ${tenants}))` : sql``}`;
  return sql`
    counted AS (
      SELECT tenant_id, date_trunc('hour', created_at, 'UTC') AS hour, key_id, provider, model, source,
        count(*) AS requests, count(*) FILTER (WHERE status = 'failed') AS errors,
        coalesce(sum(input_tokens), 0) AS input_tokens, coalesce(sum(output_tokens), 0) AS output_tokens,
        coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
        coalesce(sum(cache_write_tokens), 0) AS cache_write_tokens,
        coalesce(sum(reasoning_tokens), 0) AS reasoning_tokens,
        coalesce(sum(cost_nano_usd), 0) AS cost_nano_usd,
        count(*) FILTER (WHERE cost_nano_usd IS NULL) AS unpriced_requests,
        count_buckets(array_agg(first_byte_bucket(first_byte_ms)) FILTER (WHERE first_byte_ms IS NOT NULL))
          AS first_byte_counts
      FROM ${usageLedger} WHERE ${within(sql`created_at`)} GROUP BY 1, 2, 3, 4, 5, 6
    ), rolled AS (
      SELECT usage_rollups AS seen, usage_rollups.* FROM ${usageRollups} WHERE ${within(sql`hour`)}
    ), different AS (
      SELECT ${group}, ${sumsOf('counted')}, counted.requests IS NULL AS uncounted, rolled.seen,
        rolled.requests AS seen_requests, rolled.errors AS seen_errors, rolled.input_tokens AS seen_input_tokens,
        rolled.output_tokens AS seen_output_tokens, rolled.cost_nano_usd AS seen_cost_nano_usd,
        rolled.unpriced_requests AS seen_unpriced_requests
      FROM counted FULL JOIN rolled USING (${group})
      WHERE ROW(${sumsOf('counted')}) IS DISTINCT FROM ROW(${sumsOf('rolled')})
    )`;
}

/** Compares the ledger with its rollups, in one statement, so that rows that are being written make no difference. */
export async function findRollupDifferences(database: Database, period: BillPeriod): Promise<RollupDifference[]> {
  const { rows } = await database.execute(sql`
    WITH ${different(period)}
    SELECT tenant_id, to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS hour,
      key_id, provider, model, source,
      requests::text, errors::text, input_tokens::text, output_tokens::text, cost_nano_usd::text,
      unpriced_requests::text, seen_requests::text, seen_errors::text, seen_input_tokens::text,
      seen_output_tokens::text, seen_cost_nano_usd::text, seen_unpriced_requests::text
    FROM different ORDER BY ${group} LIMIT ${maxListed}`);
  return rows.map((row) => ({
    tenantId: String(row.tenant_id),
    hour: new Date(String(row.hour)),
    keyId: String(row.key_id),
    provider: String(row.provider),
    model: String(row.model),
    source: String(row.source),
    ledger: toSums(row, ''),
    rollup: toSums(row, 'seen_'),
  }));
}

/**
 * Makes the rollups that differ what the ledger says, and gives how many. One that has changed since it was looked at is left
 * as it is, for whoever looks next.
 */
export async function repairRollups(database: Database, period: BillPeriod): Promise<number> {
  const { rows } = await database.execute(sql`
    WITH ${different(period)}, updated AS (
      UPDATE usage_rollups AS rollup SET (${sums}) = ROW(${sumsOf('different')})
      FROM different WHERE rollup = different.seen AND NOT different.uncounted RETURNING 1
    ), deleted AS (
      DELETE FROM usage_rollups AS rollup USING different
      WHERE rollup = different.seen AND different.uncounted RETURNING 1
    ), inserted AS (
      INSERT INTO usage_rollups (${group}, ${sums})
      SELECT ${group}, ${sums} FROM different WHERE seen IS NULL ORDER BY ${group}
      ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT (SELECT count(*) FROM updated) + (SELECT count(*) FROM deleted) + (SELECT count(*) FROM inserted) AS repaired`);
  return Number(rows[0]?.repaired);
}

function toSums(row: Record<string, unknown>, prefix: '' | 'seen_'): GroupSums | null {
  const number = (name: string) => Number(row[`${prefix}${name}`]);
  if (row[`${prefix}requests`] === null) return null;
  return {
    requests: number('requests'),
    errors: number('errors'),
    inputTokens: number('input_tokens'),
    outputTokens: number('output_tokens'),
    costNanoUsd: BigInt(String(row[`${prefix}cost_nano_usd`])),
    unpricedRequests: number('unpriced_requests'),
  };
}
