import { type LabelDimension, type LabelQuery, labelDimensions } from '../db/queries/usage-labels.ts';
import type { RollupFilter, UsageDimension } from '../db/queries/usage-rollups.ts';
import { invalidFieldError } from '../domain/errors.ts';
import { builder } from './builder.ts';

const maxPeriodMs = 366 * 24 * 3_600_000;
const dayMs = 24 * 3_600_000;
const maxTextLength = 256;

const UsageTagFilterRef = builder.inputType('UsageTagFilter', {
  fields: (t) => ({
    name: t.string({ required: true }),
    value: t.string({ description: 'Left out: all values.' }),
  }),
});

/** The filter of `usage`. */
export const UsageFilterRef = builder.inputType('UsageFilter', {
  description:
    'What is left out is not filtered. All of keyId, provider, model and source must match. Only one of endUser, tag and route can be used at once, and with none of the others.',
  fields: (t) => ({
    keyId: t.id(),
    provider: t.string({ description: "The provider's id." }),
    model: t.string(),
    source: t.string({ description: 'sync, stream or job.' }),
    endUser: t.string({ description: 'The id of an end user, `(none)` or `(other)`.' }),
    tag: t.field({ type: UsageTagFilterRef }),
    route: t.string({ description: 'The name of a route, or `(none)`.' }),
  }),
});

type UsageFilter = typeof UsageFilterRef.$inferInput;

interface UsageArguments {
  readonly from: Date;
  readonly to: Date;
  readonly groupBy: readonly UsageDimension[];
  readonly filter: UsageFilter;
}

/** What `usage` reads: the sums by hour and by day, or those of labels. */
interface UsageSource {
  readonly filter: RollupFilter;
  readonly labels: LabelQuery | undefined;
}

/** Checks the period and what is combined, and returns what to read. Throws `invalid_request`. */
export function readUsageSource({ from, to, groupBy, filter }: UsageArguments): UsageSource {
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
