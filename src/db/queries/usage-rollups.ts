import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { usageDays, usageRollups } from '../schema/usage-rollups.ts';

/** The dimensions by which usage can be grouped. */
export type UsageDimension = 'PROVIDER' | 'MODEL' | 'DAY' | 'HOUR' | 'KEY' | 'SOURCE' | 'TENANT';

interface UsageQuery {
  /** Absent: all tenants. */
  readonly tenantId?: string | undefined;
  /** Inclusive, rounded down to the hour. */
  readonly from: Date;
  /** Exclusive, rounded up to the hour. */
  readonly to: Date;
  readonly groupBy: readonly UsageDimension[];
  readonly limit: number;
}

/** The usage of one group. A dimension that the query does not group by is null. */
export interface UsageSum {
  readonly provider: string | null;
  readonly model: string | null;
  readonly day: Date | null;
  readonly hour: Date | null;
  readonly keyId: string | null;
  readonly source: string | null;
  readonly tenantId: string | null;
  /** Requests whose last attempt is in this group. */
  readonly requests: number;
  /** Those of them that failed. */
  readonly errors: number;
  readonly attempts: number;
  readonly failedAttempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
  readonly costNanoUsd: bigint;
  /** Attempts without a known price, which the cost does not include. */
  readonly unpricedRequests: number;
  /** Requests by the time to their first byte, in the buckets of `first_byte_bucket()`. */
  readonly firstByteCounts: readonly number[];
}

const dimensionColumns: Readonly<Record<UsageDimension, readonly [name: string, value: SQL]>> = {
  PROVIDER: ['provider', sql`provider`],
  MODEL: ['model', sql`model`],
  DAY: ['day', sql`date_trunc('day', hour, 'UTC')`],
  HOUR: ['hour', sql`hour`],
  KEY: ['keyId', sql`key_id`],
  SOURCE: ['source', sql`source`],
  TENANT: ['tenantId', sql`tenant_id`],
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const sumColumns = sql.raw(
  `tenant_id, key_id, provider, model, source, requests, errors, input_tokens, output_tokens, cache_read_tokens,
    cache_write_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests, first_byte_counts, retried_attempts,
    failed_retried_attempts`,
);

/** The sums of a period: by day for its whole days, unless the query groups by hour, and by hour for the rest. */
function selectSums({ tenantId, from, to, groupBy }: UsageQuery): SQL {
  const fromMs = Math.floor(from.getTime() / hourMs) * hourMs;
  const toMs = to.getTime();
  const firstDayMs = Math.ceil(fromMs / dayMs) * dayMs;
  const endOfDaysMs = Math.floor(toMs / dayMs) * dayMs;
  const at = (ms: number) => sql`${new Date(ms).toISOString()}::timestamptz`;
  const ofTenant = tenantId === undefined ? sql`` : sql`AND tenant_id = ${tenantId}`;
  const hours = (startMs: number, endMs: number) => sql`SELECT hour, ${sumColumns} FROM ${usageRollups}
    WHERE hour >= ${at(startMs)} AND hour < ${at(endMs)} ${ofTenant}`;
  if (groupBy.includes('HOUR') || endOfDaysMs <= firstDayMs) return hours(fromMs, toMs);
  const wholeDays = sql`SELECT day AS hour, ${sumColumns} FROM ${usageDays}
    WHERE day >= ${at(firstDayMs)} AND day < ${at(endOfDaysMs)} ${ofTenant}`;
  const parts = [
    ...(fromMs < firstDayMs ? [hours(fromMs, firstDayMs)] : []),
    wholeDays,
    ...(endOfDaysMs < toMs ? [hours(endOfDaysMs, toMs)] : []),
  ];
  return sql.join(parts, sql` UNION ALL `);
}

/** Sums usage from the sums by hour and by day. The groups are in the order of their dimensions. */
export async function sumUsage(database: Database, query: UsageQuery): Promise<UsageSum[]> {
  const { groupBy, limit } = query;
  const groupColumns = [...new Set(groupBy)].map((dimension) => dimensionColumns[dimension]);
  const groupExpressions = groupColumns.map(([name, value]) => sql`${value} AS ${sql.identifier(name)}`);
  const groupPositions = sql.join(
    groupColumns.map((_, index) => sql.raw(String(index + 1))),
    sql`, `,
  );
  const { rows } = await database.execute(sql`
    SELECT ${sql.join(
      [
        ...groupExpressions,
        sql`coalesce(sum(requests), 0)::text AS requests`,
        sql`coalesce(sum(errors), 0)::text AS errors`,
        sql`coalesce(sum(requests + retried_attempts), 0)::text AS attempts`,
        sql`coalesce(sum(errors + failed_retried_attempts), 0)::text AS "failedAttempts"`,
        sql`coalesce(sum(input_tokens), 0)::text AS "inputTokens"`,
        sql`coalesce(sum(output_tokens), 0)::text AS "outputTokens"`,
        sql`coalesce(sum(cache_read_tokens), 0)::text AS "cacheReadTokens"`,
        sql`coalesce(sum(cache_write_tokens), 0)::text AS "cacheWriteTokens"`,
        sql`coalesce(sum(reasoning_tokens), 0)::text AS "reasoningTokens"`,
        sql`coalesce(sum(cost_nano_usd), 0)::text AS "costNanoUsd"`,
        sql`coalesce(sum(unpriced_requests), 0)::text AS "unpricedRequests"`,
        sql`array_to_json(sum_counts(first_byte_counts))::text AS "firstByteCounts"`,
      ],
      sql`, `,
    )}
    FROM (${selectSums(query)}) AS parts
    ${groupColumns.length === 0 ? sql`` : sql`GROUP BY ${groupPositions} ORDER BY ${groupPositions}`} LIMIT ${limit}`);
  return rows.map(toUsageSum);
}

function toUsageSum(row: Record<string, unknown>): UsageSum {
  const firstByteCounts: number[] = row.firstByteCounts === null ? [] : JSON.parse(String(row.firstByteCounts));
  const text = (name: string) => (row[name] === undefined ? null : String(row[name]));
  const instant = (name: string) => (row[name] === undefined ? null : new Date(String(row[name])));
  return {
    provider: text('provider'),
    model: text('model'),
    day: instant('day'),
    hour: instant('hour'),
    keyId: text('keyId'),
    source: text('source'),
    tenantId: text('tenantId'),
    requests: Number(row.requests),
    errors: Number(row.errors),
    attempts: Number(row.attempts),
    failedAttempts: Number(row.failedAttempts),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    cacheReadTokens: Number(row.cacheReadTokens),
    cacheWriteTokens: Number(row.cacheWriteTokens),
    reasoningTokens: Number(row.reasoningTokens),
    costNanoUsd: BigInt(String(row.costNanoUsd)),
    unpricedRequests: Number(row.unpricedRequests),
    firstByteCounts,
  };
}
