import { labelDimensions } from '../db/queries/usage-labels.ts';
import { rollupDimensions, sumUsage, type UsageSum } from '../db/queries/usage-rollups.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import { firstBytePercentile } from '../usage/first-byte-percentile.ts';
import { builder } from './builder.ts';
import { requireScopes } from './scopes.ts';
import { readUsageSource, UsageFilterRef } from './usage-arguments.ts';
import { UsageRef } from './usage-type.ts';

const sumOrders = ['COST', 'REQUESTS', 'ERRORS', 'TOKENS', 'SAVED_COST'] as const;
/** Percentiles are computed from the histograms of the groups, so that all groups are read. */
const firstByteShares = { FIRST_BYTE_P50: 0.5, FIRST_BYTE_P95: 0.95 } as const;
const firstByteOrders = ['FIRST_BYTE_P50', 'FIRST_BYTE_P95'] as const;
const maxRows = 10_000;
/** The cost of a query that reads up to a year of sums and returns as many groups as there are. */
const usageCost = { field: 1000, multiplier: 100 };

const UsageDimensionRef = builder.enumType('UsageDimension', { values: [...rollupDimensions, ...labelDimensions] });
const UsageOrderRef = builder.enumType('UsageOrder', {
  description: 'The largest first.',
  values: [...sumOrders, ...firstByteOrders],
});

builder.queryField('usage', (t) =>
  t.field({
    extensions: requireScopes('read'),
    type: [UsageRef],
    description:
      "The tenant's usage by whole hours: from the one in which `from` lies to the one in which `to` does. By END_USER, TAG and ROUTE by whole days in UTC, each of them alone or with DAY and TENANT.",
    args: {
      from: t.arg({ type: 'DateTime', required: true }),
      to: t.arg({ type: 'DateTime', required: true }),
      groupBy: t.arg({ type: [UsageDimensionRef], defaultValue: [] }),
      filter: t.arg({ type: UsageFilterRef }),
      orderBy: t.arg({ type: UsageOrderRef, description: 'Left out: by the dimensions, in their order.' }),
      first: t.arg.int({ description: `The first groups, 1 to ${maxRows}. Left out: all of them.` }),
      tenantId: t.arg.id({ description: "Another tenant's usage: for keys with the scope admin." }),
    },
    complexity: usageCost,
    resolve: async (_, { from, to, tenantId, first, orderBy, ...args }, { jobs: { database }, principal }) => {
      const groupBy = args.groupBy ?? [];
      const { filter, labels } = readUsageSource({ from, to, groupBy, filter: args.filter ?? {} });
      if (first != null && (first < 1 || first > maxRows)) {
        throw invalidFieldError(['first'], `must be 1 to ${maxRows}`);
      }
      const firstByteOrder = firstByteOrders.find((order) => order === orderBy);
      if (firstByteOrder && labels) {
        throw invalidFieldError(['orderBy'], `cannot be ${firstByteOrder} by END_USER, TAG or ROUTE`);
      }
      const scopeTenantId = findScopeTenantId(principal, tenantId, groupBy.includes('TENANT'));
      const period = { tenantId: scopeTenantId, from, to };
      const limit = firstByteOrder || first == null ? maxRows + 1 : first;
      const sumOrder = sumOrders.find((order) => order === orderBy);
      const sums = await sumUsage(database, { ...period, groupBy, filter, labels, orderBy: sumOrder, limit });
      if (sums.length > maxRows) {
        throw new GatewayError(
          'invalid_request',
          `There are more than ${maxRows} groups: ask for a shorter period, or for the first ones by orderBy and first.`,
        );
      }
      return firstByteOrder ? sortByFirstByte(sums, firstByteOrder).slice(0, first ?? undefined) : sums;
    },
  }),
);

/** Returns the tenant whose usage is read; undefined for all tenants. Throws `forbidden`. */
function findScopeTenantId(
  principal: Principal,
  tenantId: string | null | undefined,
  isByTenant: boolean,
): string | undefined {
  const isOtherTenant = tenantId != null && tenantId !== principal.tenantId;
  if ((isByTenant || isOtherTenant) && !principal.scopes.includes('admin')) {
    throw new GatewayError('forbidden', 'Usage of other tenants is for keys with the scope admin.');
  }
  if (tenantId?.includes('\0')) throw invalidFieldError(['tenantId'], "must be a tenant's id");
  return tenantId ?? (isByTenant ? undefined : principal.tenantId);
}

/** Groups without a first byte come last. */
function sortByFirstByte(sums: readonly UsageSum[], order: keyof typeof firstByteShares): UsageSum[] {
  const timed = sums.map((sum) => ({
    sum,
    ms: firstBytePercentile(sum.firstByteCounts, firstByteShares[order]) ?? -1,
  }));
  return timed.toSorted((a, b) => b.ms - a.ms).map(({ sum }) => sum);
}
