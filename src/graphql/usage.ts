import { sumUsage, type UsageSum } from '../db/queries/usage-rollups.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import { firstBytePercentile } from '../usage/first-byte-percentile.ts';
import { builder } from './builder.ts';
import { requireScopes } from './scopes.ts';

const dimensions = ['PROVIDER', 'MODEL', 'DAY', 'HOUR', 'KEY', 'SOURCE', 'TENANT'] as const;
const maxRows = 10_000;
const maxPeriodMs = 366 * 24 * 3_600_000;
/** The cost of a query that reads up to a year of sums and returns as many groups as there are. */
const usageCost = { field: 1000, multiplier: 100 };

const UsageDimensionRef = builder.enumType('UsageDimension', { values: dimensions });

const PercentilesRef = builder.objectRef<readonly number[]>('Percentiles').implement({
  description: 'Milliseconds, off by less than a fifth; null where there was no call.',
  fields: (t) => ({
    p50: t.int({ nullable: true, resolve: (counts) => firstBytePercentile(counts, 0.5) }),
    p95: t.int({ nullable: true, resolve: (counts) => firstBytePercentile(counts, 0.95) }),
  }),
});

const UsageRef = builder.objectRef<UsageSum>('Usage').implement({
  description:
    'Requests of one group, added up: tokens and cost over all attempts, the time to the first byte by the last attempt. A dimension that was not asked for is null; counts are whole numbers.',
  fields: (t) => ({
    provider: t.exposeString('provider', { nullable: true }),
    model: t.exposeString('model', { nullable: true }),
    day: t.expose('day', { type: 'DateTime', nullable: true, description: 'Its beginning, in UTC.' }),
    hour: t.expose('hour', { type: 'DateTime', nullable: true, description: 'Its beginning.' }),
    keyId: t.exposeID('keyId', { nullable: true }),
    source: t.exposeString('source', { nullable: true, description: 'sync, stream or job.' }),
    tenantId: t.exposeID('tenantId', { nullable: true }),
    requests: t.exposeFloat('requests', { description: 'Counted where their last attempt was made.' }),
    errors: t.exposeFloat('errors', {
      description: 'Requests whose last attempt failed; those whose client left are none.',
    }),
    attempts: t.exposeFloat('attempts', {
      description: 'Attempts at providers. A request that is retried has more than one, maybe in several groups.',
    }),
    failedAttempts: t.exposeFloat('failedAttempts', { description: 'Those of the attempts that failed.' }),
    tokensIn: t.exposeFloat('inputTokens', { description: 'Cache reads and writes included.' }),
    tokensOut: t.exposeFloat('outputTokens', { description: 'Reasoning included.' }),
    cacheReadTokens: t.exposeFloat('cacheReadTokens'),
    cacheWriteTokens: t.exposeFloat('cacheWriteTokens'),
    cacheHitRate: t.float({
      nullable: true,
      description: 'The share of the input tokens that were read from a cache, 0 to 1; null where there were none.',
      resolve: ({ inputTokens, cacheReadTokens }) => (inputTokens > 0 ? cacheReadTokens / inputTokens : null),
    }),
    reasoningTokens: t.exposeFloat('reasoningTokens'),
    cost: t.float({ description: 'Dollars.', resolve: ({ costNanoUsd }) => nanoUsdToDollars(costNanoUsd) }),
    unpricedRequests: t.exposeFloat('unpricedRequests', {
      description: 'Attempts whose price is not known, and so not in the cost.',
    }),
    timeToFirstByteMs: t.field({ type: PercentilesRef, resolve: ({ firstByteCounts }) => firstByteCounts }),
  }),
});

builder.queryField('usage', (t) =>
  t.field({
    extensions: requireScopes('read'),
    type: [UsageRef],
    description: "The tenant's usage by whole hours: from the one in which `from` lies to the one in which `to` does.",
    args: {
      from: t.arg({ type: 'DateTime', required: true }),
      to: t.arg({ type: 'DateTime', required: true }),
      groupBy: t.arg({ type: [UsageDimensionRef], defaultValue: [] }),
      tenantId: t.arg.id({ description: "Another tenant's usage: for keys with the scope admin." }),
    },
    complexity: usageCost,
    resolve: async (_, { from, to, tenantId, ...args }, { jobs: { database }, principal }) => {
      checkPeriod(from, to);
      const groupBy = args.groupBy ?? [];
      const isByTenant = groupBy.includes('TENANT');
      const isOtherTenant = tenantId != null && tenantId !== principal.tenantId;
      if ((isByTenant || isOtherTenant) && !principal.scopes.includes('admin')) {
        throw new GatewayError('forbidden', 'Usage of other tenants is for keys with the scope admin.');
      }
      if (tenantId?.includes('\0')) throw invalidFieldError(['tenantId'], "must be a tenant's id");
      const scopeTenantId = tenantId ?? (isByTenant ? undefined : principal.tenantId);
      const sums = await sumUsage(database, { tenantId: scopeTenantId, from, to, groupBy, limit: maxRows + 1 });
      if (sums.length <= maxRows) return sums;
      throw new GatewayError('invalid_request', `There are more than ${maxRows} groups: ask for a shorter period.`);
    },
  }),
);

function checkPeriod(from: Date, to: Date): void {
  if (from >= to) throw invalidFieldError(['from'], 'must be before to');
  if (to.getTime() - from.getTime() > maxPeriodMs) {
    throw invalidFieldError(['to'], 'must be at most 366 days after from');
  }
}
