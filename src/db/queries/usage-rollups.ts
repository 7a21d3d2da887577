import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { usageDays, usageRollups } from '../schema/usage-rollups.ts';
import { hasUsage, type LabelDimension, type LabelQuery, selectLabelSums } from './usage-labels.ts';

/** The dimensions of the sums by hour. */
export const rollupDimensions = ['PROVIDER', 'MODEL', 'DAY', 'HOUR', 'KEY', 'SOURCE', 'TENANT'] as const;

/** The dimensions by which usage can be grouped. */
export type UsageDimension = (typeof rollupDimensions)[number] | LabelDimension;

/** The orders that a statement can bring groups into, the largest first. */
export type UsageSumOrder = 'COST' | 'REQUESTS' | 'ERRORS' | 'TOKENS' | 'SAVED_COST';

export interface UsageQuery {
  /** Absent: all tenants. */
  readonly tenantId?: string | undefined;
  /** Inclusive, rounded down to the hour. */
  readonly from: Date;
  /** Exclusive, rounded up to the hour. */
  readonly to: Date;
  readonly groupBy: readonly UsageDimension[];
  readonly filter?: RollupFilter | undefined;
  /** Reads the sums of labels, of whole days, which have no key, provider, model or source. */
  readonly labels?: LabelQuery | undefined;
  /** Absent: by the dimensions. */
  readonly orderBy?: UsageSumOrder | undefined;
  readonly limit: number;
}

/** Leaves out the sums that have another value. */
export interface RollupFilter {
  readonly keyId?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly source?: string | undefined;
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
  readonly endUser: string | null;
  /** `name=value` */
  readonly tag: string | null;
  readonly route: string | null;
  /** Requests whose last attempt is in this group. */
  readonly requests: number;
  /** Those of them that failed. */
  readonly errors: number;
  /** Refused requests, which `requests` does not count. Null: only the sums of labels count them. */
  readonly refused: number | null;
  readonly attempts: number;
  /** Null: the sums of labels do not count them. */
  readonly failedAttempts: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  /** Null: the sums of labels do not count them. */
  readonly cacheWriteTokens: number | null;
  readonly reasoningTokens: number;
  readonly costNanoUsd: bigint;
  /** What requests would have cost that earlier replies have answered. */
  readonly savedNanoUsd: bigint;
  /** Attempts without a known price, which the cost does not include. */
  readonly unpricedRequests: number;
  /** Requests by the time to their first byte, in the buckets of `first_byte_bucket()`. The sums of labels have none. */
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
  END_USER: ['endUser', sql`label`],
  TAG: ['tag', sql`label`],
  ROUTE: ['route', sql`label`],
};

const orderExpressions: Readonly<Record<UsageSumOrder, SQL>> = {
  COST: sql`sum(cost_nano_usd)`,
  REQUESTS: sql`sum(requests)`,
  ERRORS: sql`sum(errors)`,
  TOKENS: sql`sum(input_tokens + output_tokens)`,
  SAVED_COST: sql`sum(saved_nano_usd)`,
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const sumColumns = sql.raw(
  `tenant_id, key_id, provider, model, source, requests, errors, input_tokens, output_tokens, cache_read_tokens,
    cache_write_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests, first_byte_counts, retried_attempts,
    failed_retried_attempts, saved_nano_usd`,
);

/** The sums of a period: by day for its whole days, unless the query groups by hour, and by hour for the rest. */
function selectSums({ tenantId, from, to, groupBy, filter = {} }: UsageQuery): SQL {
  const fromMs = Math.floor(from.getTime() / hourMs) * hourMs;
  const toMs = to.getTime();
  const firstDayMs = Math.ceil(fromMs / dayMs) * dayMs;
  const endOfDaysMs = Math.floor(toMs / dayMs) * dayMs;
  const at = (ms: number) => sql`${new Date(ms).toISOString()}::timestamptz`;
  const conditions = Object.entries({ tenant_id: tenantId, ...toColumns(filter) }).map(([name, value]) =>
    value === undefined ? sql`` : sql` AND ${sql.identifier(name)} = ${value}`,
  );
  const matches = sql.join(conditions);
  const hours = (startMs: number, endMs: number) => sql`SELECT hour, ${sumColumns} FROM ${usageRollups}
    WHERE hour >= ${at(startMs)} AND hour < ${at(endMs)} ${matches}`;
  if (groupBy.includes('HOUR') || endOfDaysMs <= firstDayMs) return hours(fromMs, toMs);
  const wholeDays = sql`SELECT day AS hour, ${sumColumns} FROM ${usageDays}
    WHERE day >= ${at(firstDayMs)} AND day < ${at(endOfDaysMs)} ${matches}`;
  const parts = [
    ...(fromMs < firstDayMs ? [hours(fromMs, firstDayMs)] : []),
    wholeDays,
    ...(endOfDaysMs < toMs ? [hours(endOfDaysMs, toMs)] : []),
  ];
  return sql.join(parts, sql` UNION ALL `);
}

function toColumns({ keyId, ...filter }: RollupFilter): Record<string, string | undefined> {
  return { key_id: keyId, ...filter };
}

/** The sums of a group as text. A sum of labels that is `(none)` is a difference, which rows that are being written may put below 0. */
function selectTotals({ labels }: UsageQuery): SQL {
  const total = (value: string) =>
    sql.raw(labels ? `greatest(coalesce(sum(${value}), 0), 0)::text` : `coalesce(sum(${value}), 0)::text`);
  const rollupTotal = (value: string) => (labels ? sql`null` : total(value));
  return sql`${total('requests')} AS requests, ${total('errors')} AS errors,
    ${labels ? sql`sum(refused)::text` : sql`null`} AS refused,
    ${total('requests + retried_attempts')} AS attempts,
    ${rollupTotal('errors + failed_retried_attempts')} AS "failedAttempts",
    ${total('input_tokens')} AS "inputTokens", ${total('output_tokens')} AS "outputTokens",
    ${total('cache_read_tokens')} AS "cacheReadTokens", ${rollupTotal('cache_write_tokens')} AS "cacheWriteTokens",
    ${total('reasoning_tokens')} AS "reasoningTokens", ${total('cost_nano_usd')} AS "costNanoUsd",
    ${total('saved_nano_usd')} AS "savedNanoUsd", ${total('unpriced_requests')} AS "unpricedRequests",
    ${labels ? sql`null` : sql`array_to_json(sum_counts(first_byte_counts))::text`} AS "firstByteCounts"`;
}

/** Sums usage from the sums by hour, by day and by label. The groups are in the order of their dimensions unless the query has another. */
export async function sumUsage(database: Database, query: UsageQuery): Promise<UsageSum[]> {
  const { groupBy, orderBy, labels, limit } = query;
  const groupColumns = [...new Set(groupBy)].map((dimension) => dimensionColumns[dimension]);
  const groupExpressions = groupColumns.map(([name, value]) => sql`${value} AS ${sql.identifier(name)}, `);
  const groupPositions = groupColumns.map((_, index) => sql.raw(String(index + 1)));
  const order = orderBy === undefined ? groupPositions : [sql`${orderExpressions[orderBy]} DESC`, ...groupPositions];
  const groups = sql`GROUP BY ${sql.join(groupPositions, sql`, `)} ${labels ? hasUsage : sql``}
    ORDER BY ${sql.join(order, sql`, `)}`;
  const { rows } = await database.execute(sql`
    SELECT ${sql.join(groupExpressions)} ${selectTotals(query)}
    FROM (${labels ? selectLabelSums(query, labels) : selectSums(query)}) AS parts
    ${groupColumns.length === 0 ? sql`` : groups} LIMIT ${limit}`);
  return rows.map(toUsageSum);
}

function toUsageSum(row: Record<string, unknown>): UsageSum {
  const firstByteCounts: number[] = row.firstByteCounts === null ? [] : JSON.parse(String(row.firstByteCounts));
  const text = (name: string) => (row[name] === undefined ? null : String(row[name]));
  const count = (name: string) => (row[name] === null ? null : Number(row[name]));
  const instant = (name: string) => (row[name] === undefined ? null : new Date(String(row[name])));
  return {
    provider: text('provider'),
    model: text('model'),
    day: instant('day'),
    hour: instant('hour'),
    keyId: text('keyId'),
    source: text('source'),
    tenantId: text('tenantId'),
    endUser: text('endUser'),
    tag: text('tag'),
    route: text('route'),
    requests: Number(row.requests),
    errors: Number(row.errors),
    refused: count('refused'),
    attempts: Number(row.attempts),
    failedAttempts: count('failedAttempts'),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    cacheReadTokens: Number(row.cacheReadTokens),
    cacheWriteTokens: count('cacheWriteTokens'),
    reasoningTokens: Number(row.reasoningTokens),
    costNanoUsd: BigInt(String(row.costNanoUsd)),
    savedNanoUsd: BigInt(String(row.savedNanoUsd)),
    unpricedRequests: Number(row.unpricedRequests),
    firstByteCounts,
  };
}
