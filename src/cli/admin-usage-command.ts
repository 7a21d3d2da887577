import { labelDimensions } from '../db/queries/usage-labels.ts';
import { rollupDimensions, type UsageDimension, type UsageSum } from '../db/queries/usage-rollups.ts';
import { StartError } from '../dev/start-error.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import { firstBytePercentile } from '../usage/first-byte-percentile.ts';
import { readUsage, usageOrders } from '../usage/read-usage.ts';
import type { AdminCommands, AdminDependencies } from './admin-command.ts';
import { type AdminOptions, parseNumber } from './admin-options.ts';
import { findTenant } from './find-tenant.ts';
import { formatDollars } from './format-report.ts';
import { formatTable } from './format-table.ts';
import { parseTime } from './parse-time.ts';

const defaultLimit = 20;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const dimensions: readonly UsageDimension[] = [...rollupDimensions, ...labelDimensions];

/** The command for usage. */
export const usageCommands: AdminCommands = {
  usage: {
    arguments: [],
    options: [
      ...(['by', 'order', 'since', 'until', 'tenant', 'key', 'provider', 'model', 'source'] as const),
      ...(['end-user', 'tag', 'route', 'limit'] as const),
    ],
    summary: 'adds up requests, tokens and cost of today, or of the time that is named, by tenant, model, end user …',
    run: async (dependencies, { values }) => {
      const groupBy = (values.by ?? 'tenant').split(',').map((name) => parseName('--by', name, dimensions));
      const sums = await readSums(dependencies, groupBy, values);
      const names = groupBy.map((dimension) => dimension.toLowerCase().replace('_', ' '));
      const columns = ['requests', 'errors', 'attempts', 'in', 'out', 'cost', 'first byte p50', 'p95'];
      const rows = sums.map((sum) => [...groupBy.map((dimension) => getName(sum, dimension)), ...describeSum(sum)]);
      const text = rows.length === 0 ? 'There is no usage in this time.' : formatTable([...names, ...columns], rows);
      return { text, value: sums.map(encodeSum) };
    },
  },
};

async function readSums(
  dependencies: AdminDependencies,
  groupBy: readonly UsageDimension[],
  values: AdminOptions,
): Promise<UsageSum[]> {
  const nowMs = dependencies.now();
  const isByLabel = labelDimensions.some((dimension) => groupBy.includes(dimension)) || hasLabelFilter(values);
  // Sums are of whole hours, those of end users, tags and routes of whole days.
  const stepMs = isByLabel ? dayMs : hourMs;
  const from = parseTime('--since', values.since, nowMs) ?? new Date(Math.floor(nowMs / dayMs) * dayMs);
  const to = parseTime('--until', values.until, nowMs) ?? new Date(Math.ceil(nowMs / stepMs) * stepMs);
  const [tagName, tagValue] = values.tag?.split(/=(.*)/s) ?? [];
  return await readUsage(dependencies.database, {
    tenantId: values.tenant === undefined ? undefined : (await findTenant(dependencies, values.tenant)).id,
    from: isByLabel ? new Date(Math.floor(from.getTime() / dayMs) * dayMs) : from,
    to,
    groupBy,
    filter: {
      keyId: values.key,
      provider: values.provider,
      model: values.model,
      source: values.source,
      endUser: values['end-user'],
      route: values.route,
      tag: tagName === undefined ? undefined : { name: tagName, value: tagValue },
    },
    orderBy: parseName('--order', values.order ?? 'cost', usageOrders),
    first: parseNumber(values, 'limit') ?? defaultLimit,
  });
}

function hasLabelFilter(values: AdminOptions): boolean {
  return values['end-user'] !== undefined || values.tag !== undefined || values.route !== undefined;
}

/** Parses `end-user` as `END_USER`. */
function parseName<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const name = names.find((one) => toOption(one) === text.trim());
  if (name !== undefined) return name;
  const options = names.map(toOption);
  throw new StartError(`${option} must be some of ${options.join(', ')}.${didYouMean(text, options)}`);
}

function toOption(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

function getName(sum: UsageSum, dimension: UsageDimension): string {
  const { provider, model, day, hour, keyId, source, tenantId, endUser, tag, route } = sum;
  const names: Readonly<Record<UsageDimension, string | Date | null>> = {
    ...{ PROVIDER: provider, MODEL: model, DAY: day, HOUR: hour, KEY: keyId, SOURCE: source, TENANT: tenantId },
    ...{ END_USER: endUser, TAG: tag, ROUTE: route },
  };
  const name = names[dimension];
  // Clients invent names, and a terminal would obey control characters.
  return name instanceof Date ? name.toISOString() : (name ?? '').replace(/\p{Cc}/gu, '\ufffd');
}

function describeSum(sum: UsageSum): string[] {
  const { requests, errors, attempts, inputTokens, outputTokens, costNanoUsd, firstByteCounts } = sum;
  const percentiles = [0.5, 0.95].map((share) => firstBytePercentile(firstByteCounts, share));
  return [
    ...[requests, errors, attempts, inputTokens, outputTokens].map(String),
    formatDollars(costNanoUsd),
    ...percentiles.map((ms) => (ms === null ? '' : `${ms} ms`)),
  ];
}

function encodeSum({ costNanoUsd, savedNanoUsd, firstByteCounts, ...sum }: UsageSum): object {
  return {
    ...sum,
    cost: nanoUsdToDollars(costNanoUsd),
    savedCost: nanoUsdToDollars(savedNanoUsd),
    timeToFirstByteMs: {
      p50: firstBytePercentile(firstByteCounts, 0.5),
      p95: firstBytePercentile(firstByteCounts, 0.95),
    },
  };
}
