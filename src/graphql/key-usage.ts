import { sumUsage, type UsageSum } from '../db/queries/usage-rollups.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';

/** The cost of a sum over the days of a month. */
const sumCost = 50;
const hourMs = 3_600_000;

interface KeyOwner {
  readonly keyId: string;
  readonly tenantId: string;
}

const KeyUsageSumRef = builder.objectRef<UsageSum>('KeyUsageSum').implement({
  fields: (t) => ({
    requests: t.exposeFloat('requests'),
    errors: t.exposeFloat('errors'),
    tokensIn: t.exposeFloat('inputTokens'),
    tokensOut: t.exposeFloat('outputTokens'),
    cost: t.float({ description: 'Dollars.', resolve: ({ costNanoUsd }) => nanoUsdToDollars(costNanoUsd) }),
  }),
});

/** The usage of an API key. */
export const KeyUsageRef = builder.objectRef<KeyOwner>('KeyUsage').implement({
  description: 'By the calendar in UTC. A request counts once its row is in the ledger, about a second after it.',
  fields: (t) => ({
    today: t.field({
      type: KeyUsageSumRef,
      complexity: sumCost,
      resolve: (owner, _, context) => sumSince(context, owner, (now) => now.getUTCDate()),
    }),
    thisMonth: t.field({
      type: KeyUsageSumRef,
      complexity: sumCost,
      resolve: (owner, _, context) => sumSince(context, owner, () => 1),
    }),
  }),
});

async function sumSince(
  { jobs }: GraphQlContext,
  { keyId, tenantId }: KeyOwner,
  getDay: (now: Date) => number,
): Promise<UsageSum> {
  const now = new Date(jobs.gateway.now());
  const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), getDay(now)));
  const to = new Date(now.getTime() + hourMs);
  const [sum] = await sumUsage(jobs.database, { tenantId, from, to, groupBy: [], filter: { keyId }, limit: 1 });
  if (!sum) throw new Error('the sum of a key has no row');
  return sum;
}
