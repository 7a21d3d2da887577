import type { UsageSum } from '../db/queries/usage-rollups.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import { firstBytePercentile } from '../usage/first-byte-percentile.ts';
import { builder } from './builder.ts';

const PercentilesRef = builder.objectRef<readonly number[]>('Percentiles').implement({
  description: 'Milliseconds, off by less than a fifth; null where there was no call.',
  fields: (t) => ({
    p50: t.int({ nullable: true, resolve: (counts) => firstBytePercentile(counts, 0.5) }),
    p95: t.int({ nullable: true, resolve: (counts) => firstBytePercentile(counts, 0.95) }),
  }),
});

interface UsageTag {
  readonly name: string;
  readonly value: string | null;
}

const UsageTagRef = builder.objectRef<UsageTag>('UsageTag').implement({
  description: 'A tag of requests. Beyond the bounds of new tags the name is `(other)`, and the value null.',
  fields: (t) => ({
    name: t.exposeString('name'),
    value: t.exposeString('value', { nullable: true }),
  }),
});

/** The usage of one group. */
export const UsageRef = builder.objectRef<UsageSum>('Usage').implement({
  description:
    'Requests of one group, added up: tokens and cost over all attempts, the time to the first byte by the last attempt. A dimension that was not asked for is null; counts are whole numbers.',
  fields: (t) => ({
    provider: t.exposeString('provider', { nullable: true }),
    model: t.exposeString('model', { nullable: true }),
    day: t.expose('day', { type: 'DateTime', nullable: true, description: 'Its beginning, in UTC.' }),
    hour: t.expose('hour', { type: 'DateTime', nullable: true, description: 'Its beginning.' }),
    keyId: t.exposeID('keyId', { nullable: true }),
    keyName: t.string({
      nullable: true,
      resolve: async ({ keyId }, _, { loaders }) =>
        keyId === null ? null : ((await loaders.apiKeys.load(keyId))?.name ?? null),
    }),
    source: t.exposeString('source', { nullable: true, description: 'sync, stream or job.' }),
    tenantId: t.exposeID('tenantId', { nullable: true }),
    tenantName: t.string({
      nullable: true,
      resolve: async ({ tenantId }, _, { loaders }) =>
        tenantId === null ? null : ((await loaders.tenants.load(tenantId))?.name ?? null),
    }),
    endUser: t.exposeString('endUser', {
      nullable: true,
      description: '`(none)`: requests without one. `(other)`: those beyond the bounds of new end users.',
    }),
    tag: t.field({ type: UsageTagRef, nullable: true, resolve: ({ tag }) => parseTag(tag) }),
    route: t.exposeString('route', { nullable: true, description: '`(none)`: requests over no route.' }),
    requests: t.exposeFloat('requests', { description: 'Counted where their last attempt was made.' }),
    errors: t.exposeFloat('errors', {
      description: 'Requests whose last attempt failed; those whose client left are none.',
    }),
    refused: t.exposeFloat('refused', {
      nullable: true,
      description:
        'Requests that were refused before a provider was asked. Counted by END_USER, TAG and ROUTE, but not for `(none)`: null.',
    }),
    attempts: t.exposeFloat('attempts', {
      description: 'Attempts at providers. A request that is retried has more than one, maybe in several groups.',
    }),
    failedAttempts: t.exposeFloat('failedAttempts', {
      nullable: true,
      description: 'Those of the attempts that failed. Null by END_USER, TAG and ROUTE.',
    }),
    tokensIn: t.exposeFloat('inputTokens', { description: 'Cache reads and writes included.' }),
    tokensOut: t.exposeFloat('outputTokens', { description: 'Reasoning included.' }),
    cacheReadTokens: t.exposeFloat('cacheReadTokens'),
    cacheWriteTokens: t.exposeFloat('cacheWriteTokens', {
      nullable: true,
      description: 'Null by END_USER, TAG and ROUTE.',
    }),
    cacheHitRate: t.float({
      nullable: true,
      description: 'The share of the input tokens that were read from a cache, 0 to 1; null where there were none.',
      resolve: ({ inputTokens, cacheReadTokens }) => (inputTokens > 0 ? cacheReadTokens / inputTokens : null),
    }),
    reasoningTokens: t.exposeFloat('reasoningTokens'),
    cost: t.float({ description: 'Dollars.', resolve: ({ costNanoUsd }) => nanoUsdToDollars(costNanoUsd) }),
    savedCost: t.float({
      description: 'Dollars that requests would have cost that earlier replies have answered.',
      resolve: ({ savedNanoUsd }) => nanoUsdToDollars(savedNanoUsd),
    }),
    unpricedRequests: t.exposeFloat('unpricedRequests', {
      description: 'Attempts whose price is not known, and so not in the cost. By END_USER, TAG and ROUTE: requests.',
    }),
    timeToFirstByteMs: t.field({
      type: PercentilesRef,
      description: 'Null by END_USER, TAG and ROUTE.',
      resolve: ({ firstByteCounts }) => firstByteCounts,
    }),
  }),
});

/** Parses the label of a tag: `name=value`, or `(other)`. */
function parseTag(label: string | null): UsageTag | null {
  if (label === null) return null;
  const end = label.indexOf('=');
  return end === -1 ? { name: label, value: null } : { name: label.slice(0, end), value: label.slice(end + 1) };
}
