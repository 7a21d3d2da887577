import { labelDimensions } from '../db/queries/usage-labels.ts';
import { rollupDimensions } from '../db/queries/usage-rollups.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import { maxUsageRows, readUsage, usageOrders } from '../usage/read-usage.ts';
import { builder } from './builder.ts';
import { requireScopes } from './scopes.ts';
import { UsageFilterRef } from './usage-arguments.ts';
import { UsageRef } from './usage-type.ts';

/** The cost of a query that reads up to a year of sums and returns as many groups as there are. */
const usageCost = { field: 1000, multiplier: 100 };

const UsageDimensionRef = builder.enumType('UsageDimension', { values: [...rollupDimensions, ...labelDimensions] });
const UsageOrderRef = builder.enumType('UsageOrder', {
  description: 'The largest first.',
  values: usageOrders,
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
      first: t.arg.int({ description: `The first groups, 1 to ${maxUsageRows}. Left out: all of them.` }),
      tenantId: t.arg.id({ description: "Another tenant's usage: for keys with the scope admin." }),
    },
    complexity: usageCost,
    resolve: async (_, { tenantId, ...args }, { jobs: { database }, principal }) => {
      const groupBy = args.groupBy ?? [];
      const request = { ...args, groupBy, filter: args.filter ?? {} };
      const scopeTenantId = findScopeTenantId(principal, tenantId, groupBy.includes('TENANT'));
      return await readUsage(database, { ...request, tenantId: scopeTenantId });
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
