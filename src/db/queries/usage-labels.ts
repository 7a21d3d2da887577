import { type SQL, sql } from 'drizzle-orm';
import type { UsageLabelType } from '../../domain/logging.ts';
import { usageLabels } from '../schema/usage-labels.ts';
import { usageDays } from '../schema/usage-rollups.ts';

/** The dimensions that the sums of labels have: each one by itself. */
export const labelDimensions = ['END_USER', 'TAG', 'ROUTE'] as const;

export type LabelDimension = (typeof labelDimensions)[number];

/** Which labels to read. */
export interface LabelQuery {
  readonly dimension: LabelDimension;
  /** Absent: all of them. */
  readonly label?: string | undefined;
  /** Reads only the tags of this name. */
  readonly tagName?: string | undefined;
}

/** Whole days, UTC. */
interface LabelPeriod {
  readonly tenantId?: string | undefined;
  readonly from: Date;
  readonly to: Date;
}

const types: Readonly<Record<LabelDimension, UsageLabelType>> = { END_USER: 'end_user', TAG: 'tag', ROUTE: 'route' };

/** The group of requests that have no label. */
const noLabel = '(none)';

/** Leaves out the group of requests without a label where there is none of them. */
export const hasUsage: SQL = sql`HAVING bool_or(label <> ${noLabel}) OR sum(requests + retried_attempts) > 0`;

const columns = [
  ...['requests', 'errors', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'reasoning_tokens'],
  ...['cost_nano_usd', 'saved_nano_usd', 'unpriced_requests'],
];
const listColumns = (sign: '' | '-') => sql.raw(columns.map((name) => `${sign}${name} AS ${name}`).join(', '));

/**
 * The sums of labels of a period. The requests that have no end user, or no route, are those of all keys less those with a label. A
 * request has several tags, so that there is no such rest of them.
 */
export function selectLabelSums({ tenantId, from, to }: LabelPeriod, query: LabelQuery): SQL {
  const { dimension, label, tagName } = query;
  const inPeriod = sql`day >= ${from.toISOString()}::timestamptz AND day < ${to.toISOString()}::timestamptz
    ${tenantId === undefined ? sql`` : sql`AND tenant_id = ${tenantId}`}`;
  const ofType = sql`FROM ${usageLabels} WHERE ${inPeriod} AND type = ${types[dimension]}`;
  const named = sql`SELECT day AS hour, tenant_id, label, attempts - requests AS retried_attempts, refused, ${listColumns('')} ${ofType}
    ${label === undefined ? sql`` : sql`AND label = ${label}`}
    ${tagName === undefined ? sql`` : sql`AND starts_with(label, ${`${tagName}=`})`}`;
  if (dimension === 'TAG' || (label !== undefined && label !== noLabel)) return named;
  return sql`${named}
    UNION ALL SELECT day, tenant_id, ${noLabel}, retried_attempts, null, ${listColumns('')} FROM ${usageDays} WHERE ${inPeriod}
    UNION ALL SELECT day, tenant_id, ${noLabel}, requests - attempts, null, ${listColumns('-')} ${ofType}`;
}
