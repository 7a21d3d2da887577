import { sumUsage } from '../db/queries/usage-rollups.ts';
import { GatewayError } from '../domain/errors.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import type { Principal } from '../domain/principal.ts';
import type { Tenant } from '../domain/tenant.ts';
import { ApiKeyRef, toOwnApiKey } from './api-key.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { NodeRef } from './node.ts';
import { endUserLimitsDescription, LimitsRef, requireEndUserDescription, withOwner } from './usage-limits.ts';

/** The cost of a sum over the hours of a month. */
const spendCost = 50;
const hourMs = 3_600_000;

/** A tenant with at least the fields that a principal has. Other fields are loaded where a document selects them. */
export type PartialTenant = Pick<Tenant, 'id' | 'name' | 'active' | 'limits' | 'endUserLimits'> & Partial<Tenant>;

const SpendRef = builder.objectRef<PartialTenant>('Spend').implement({
  description: 'Dollars, by the calendar in UTC. A call counts once its row is in the ledger, about a second after it.',
  fields: (t) => ({
    today: t.float({
      complexity: spendCost,
      resolve: ({ id }, _, context) => sumSpendSince(context, id, (now) => [now.getUTCMonth(), now.getUTCDate()]),
    }),
    thisMonth: t.float({
      complexity: spendCost,
      resolve: ({ id }, _, context) => sumSpendSince(context, id, (now) => [now.getUTCMonth(), 1]),
    }),
  }),
});

/** Returns the tenant of a request, as far as its principal describes it. */
export function toOwnTenant(principal: Principal): PartialTenant {
  const { tenantId: id, tenantName: name, tenantActive: active, tenantLimits, tenantEndUserLimits } = principal;
  return { id, name, active, limits: tenantLimits, endUserLimits: tenantEndUserLimits };
}

export const storeResponsesDescription =
  'Whether Responses with `store` are stored, where RESPONSE_RETENTION_DAYS is not 0. New tenants: false.';

/** What `tagNames` are. */
export const tagNamesDescription =
  'The names of the tags that `x-gateway-tags` may have, up to 8. Other tags are left out.';

/** The account that pays. */
export const TenantRef = builder.objectRef<PartialTenant>('Tenant').implement({
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    active: t.exposeBoolean('active', {
      description: 'False: suspended. Then nothing but `me` can be asked for.',
    }),
    limits: t.field({
      type: LimitsRef,
      resolve: ({ id, limits }) => withOwner(limits, { scope: 'tenant', scopeId: id, tenantId: id }),
    }),
    endUserLimits: t.expose('endUserLimits', { type: LimitsRef, description: endUserLimitsDescription }),
    requireEndUser: t.boolean({
      description: requireEndUserDescription,
      resolve: (tenant, _, context) => loadField(tenant, 'requireEndUser', context),
    }),
    storeResponses: t.boolean({
      description: storeResponsesDescription,
      resolve: (tenant, _, context) => loadField(tenant, 'storeResponses', context),
    }),
    tagNames: t.stringList({
      description: tagNamesDescription,
      resolve: async (tenant, _, context) => [...(await loadField(tenant, 'tagNames', context))],
    }),
    webhookUrl: t.string({
      nullable: true,
      description: 'Told of budgets that run out.',
      resolve: (tenant, _, context) => loadField(tenant, 'webhookUrl', context),
    }),
    createdAt: t.field({ type: 'DateTime', resolve: (tenant, _, context) => loadField(tenant, 'createdAt', context) }),
    spend: t.field({ type: SpendRef, resolve: (tenant) => tenant }),
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: "The key of this request; null where the tenant is not that key's.",
      resolve: ({ id }, _, { principal }) => (id === principal.tenantId ? toOwnApiKey(principal) : null),
    }),
  }),
});

async function loadField<Field extends keyof Tenant>(
  tenant: PartialTenant,
  field: Field,
  { loaders }: GraphQlContext,
): Promise<Tenant[Field]> {
  const partial: Partial<Tenant> = tenant;
  const value = partial[field];
  if (value !== undefined) return value;
  const row = await loaders.tenants.load(tenant.id);
  if (!row) throw new GatewayError('not_found', `There is no tenant ${tenant.id}.`);
  return row[field];
}

async function sumSpendSince(
  { jobs }: GraphQlContext,
  tenantId: string,
  getStart: (now: Date) => readonly [month: number, day: number],
): Promise<number> {
  const now = new Date(jobs.gateway.now());
  const [month, day] = getStart(now);
  const from = new Date(Date.UTC(now.getUTCFullYear(), month, day));
  const to = new Date(now.getTime() + hourMs);
  const [sum] = await sumUsage(jobs.database, { tenantId, from, to, groupBy: [], limit: 1 });
  return sum ? nanoUsdToDollars(sum.costNanoUsd) : 0;
}
