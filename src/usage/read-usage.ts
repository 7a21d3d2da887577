import type { Database } from '../db/client.ts';
import { type LabelDimension, type LabelQuery, labelDimensions } from '../db/queries/usage-labels.ts';
import { type RollupFilter, sumUsage, type UsageDimension, type UsageSum } from '../db/queries/usage-rollups.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { firstBytePercentile } from './first-byte-percentile.ts';

const sumOrders = ['COST', 'REQUESTS', 'ERRORS', 'TOKENS', 'SAVED_COST'] as const;
/** Percentiles are computed from the histograms of the groups, so that all groups are read. */
const firstByteShares = { FIRST_BYTE_P50: 0.5, FIRST_BYTE_P95: 0.95 } as const;
const firstByteOrders = ['FIRST_BYTE_P50', 'FIRST_BYTE_P95'] as const;
export const usageOrders = [...sumOrders, ...firstByteOrders] as const;
export type UsageOrder = (typeof usageOrders)[number];
export const maxUsageRows = 10_000;
const maxPeriodMs = 366 * 24 * 3_600_000;
const dayMs = 24 * 3_600_000;
const maxTextLength = 256;

/** What usage is read of. Null is the same as absent. Only one of endUser, tag and route can be used at once, and with none of the others. */
export interface UsageFilter {
  readonly keyId?: string | null | undefined;
  /** The provider's id. */
  readonly provider?: string | null | undefined;
  readonly model?: string | null | undefined;
  /** sync, stream or job. */
  readonly source?: string | null | undefined;
  readonly endUser?: string | null | undefined;
  /** Without a value: all values of the name. */
  readonly tag?: { readonly name: string; readonly value?: string | null | undefined } | null | undefined;
  readonly route?: string | null | undefined;
}

interface UsageRequest {
  /** Absent: all tenants. */
  readonly tenantId?: string | undefined;
  readonly from: Date;
  readonly to: Date;
  readonly groupBy: readonly UsageDimension[];
  readonly filter: UsageFilter;
  /** Absent: by the dimensions, in their order. Else the largest first. */
  readonly orderBy?: UsageOrder | null | undefined;
  /** Absent: all groups. */
  readonly first?: number | null | undefined;
}

/** What is read: the sums by hour and by day, or those of labels. */
interface UsageSource {
  readonly filter: RollupFilter;
  readonly labels: LabelQuery | undefined;
}

/** Resolves with the sums of a request, by its dimensions. Throws `invalid_request` for what cannot be combined, and for too many groups. */
export async function readUsage(database: Database, request: UsageRequest): Promise<UsageSum[]> {
  const { tenantId, from, to, groupBy, orderBy, first } = request;
  const { filter, labels } = readUsageSource(request);
  if (first != null && (first < 1 || first > maxUsageRows)) {
    throw invalidFieldError(['first'], `must be 1 to ${maxUsageRows}`);
  }
  const firstByteOrder = firstByteOrders.find((order) => order === orderBy);
  if (firstByteOrder && labels) {
    throw invalidFieldError(['orderBy'], `cannot be ${firstByteOrder} by END_USER, TAG or ROUTE`);
  }
  const period = { tenantId, from, to };
  const limit = firstByteOrder || first == null ? maxUsageRows + 1 : first;
  const sumOrder = sumOrders.find((order) => order === orderBy);
  const sums = await sumUsage(database, { ...period, groupBy, filter, labels, orderBy: sumOrder, limit });
  if (sums.length > maxUsageRows) {
    throw new GatewayError(
      'invalid_request',
      `There are more than ${maxUsageRows} groups: ask for a shorter period, or for the first ones by orderBy and first.`,
    );
  }
  return firstByteOrder ? sortByFirstByte(sums, firstByteOrder).slice(0, first ?? undefined) : sums;
}

/** Checks the period and what is combined, and returns what to read. Throws `invalid_request`. */
function readUsageSource({ from, to, groupBy, filter }: UsageRequest): UsageSource {
  if (from >= to) throw invalidFieldError(['from'], 'must be before to');
  if (to.getTime() - from.getTime() > maxPeriodMs) {
    throw invalidFieldError(['to'], 'must be at most 366 days after from');
  }
  const rollupFilter = {
    keyId: readText(filter, 'keyId'),
    provider: readText(filter, 'provider'),
    model: readText(filter, 'model'),
    source: readText(filter, 'source'),
  };
  const labels = readLabelQuery(groupBy, filter);
  if (labels) {
    checkLabelGroups(groupBy, rollupFilter);
    checkWholeDays(from, to);
  }
  return { filter: rollupFilter, labels };
}

function readLabelQuery(groupBy: readonly UsageDimension[], filter: UsageFilter): LabelQuery | undefined {
  const labels = readLabels(filter);
  const dimensions = labelDimensions.filter((dimension) => groupBy.includes(dimension) || labels[dimension]);
  const [dimension, ...others] = dimensions;
  if (dimension === undefined) return undefined;
  if (others.length === 0) return { dimension, ...labels[dimension] };
  const problem = `cannot combine ${dimensions.join(' and ')}: requests are added up by one of them at a time`;
  throw invalidFieldError(['groupBy'], `${problem}. Use groupBy and filter for one of END_USER, TAG and ROUTE`);
}

function readLabels(filter: UsageFilter): Readonly<Record<LabelDimension, Omit<LabelQuery, 'dimension'> | undefined>> {
  const endUser = readText(filter, 'endUser');
  const route = readText(filter, 'route');
  return {
    END_USER: endUser === undefined ? undefined : { label: endUser },
    ROUTE: route === undefined ? undefined : { label: route },
    TAG: readTag(filter),
  };
}

function readTag({ tag }: UsageFilter): Omit<LabelQuery, 'dimension'> | undefined {
  if (tag == null) return undefined;
  const { name, value } = tag;
  if (!/^[A-Za-z][\w.-]{0,63}$/.test(name)) {
    throw invalidFieldError(['filter', 'tag', 'name'], 'must be the name of a tag, such as team');
  }
  if (value == null) return { tagName: name };
  if (value.includes('\0')) throw invalidFieldError(['filter', 'tag', 'value'], 'must be the value of a tag');
  return { label: `${name}=${value}` };
}

function readText<Field extends Exclude<keyof UsageFilter, 'tag'>>(
  filter: UsageFilter,
  field: Field,
): string | undefined {
  const value = filter[field];
  if (value == null) return undefined;
  if (value.length <= maxTextLength && !value.includes('\0')) return value;
  throw invalidFieldError(['filter', field], `must be at most ${maxTextLength} characters, none of them U+0000`);
}

function checkLabelGroups(groupBy: readonly UsageDimension[], filter: RollupFilter): void {
  const isCombinable = (dimension: UsageDimension) =>
    labelDimensions.some((label) => label === dimension) || dimension === 'DAY' || dimension === 'TENANT';
  const others = groupBy.filter((dimension) => !isCombinable(dimension));
  if (others.length > 0) {
    throw invalidFieldError(
      ['groupBy'],
      `cannot combine END_USER, TAG or ROUTE with ${others.join(', ')}: use one of them alone, or with DAY and TENANT`,
    );
  }
  const [field] = Object.entries(filter).find(([, value]) => value !== undefined) ?? [];
  if (field === undefined) return;
  throw invalidFieldError(
    ['filter', field],
    'cannot be used with END_USER, TAG or ROUTE: filter by endUser, tag or route',
  );
}

function checkWholeDays(from: Date, to: Date): void {
  for (const [name, time] of Object.entries({ from, to })) {
    if (time.getTime() % dayMs === 0) continue;
    const example = new Date(Math.floor(time.getTime() / dayMs) * dayMs).toISOString();
    throw invalidFieldError(
      [name],
      `must be the beginning of a day in UTC, such as ${example}: usage by END_USER, TAG and ROUTE is added up by whole days`,
    );
  }
}

/** Groups without a first byte come last. */
function sortByFirstByte(sums: readonly UsageSum[], order: keyof typeof firstByteShares): UsageSum[] {
  const timed = sums.map((sum) => ({
    sum,
    ms: firstBytePercentile(sum.firstByteCounts, firstByteShares[order]) ?? -1,
  }));
  return timed.toSorted((a, b) => b.ms - a.ms).map(({ sum }) => sum);
}
