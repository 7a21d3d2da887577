import { checkScope } from '../auth/check-scope.ts';
import { findEncryptedProviderKeys } from '../db/queries/provider-keys.ts';
import type { Route } from '../domain/route.ts';
import { describePrice } from '../gateway/list-models.ts';
import type { TargetConditions } from '../routing/describe-target.ts';
import { type ExplainedTarget, explainRoute } from '../routing/explain-route.ts';
import type { RouteBook } from '../routing/route-book.ts';
import { maxRoutes, routeNotFoundError } from '../routing/set-route.ts';
import { getTenant } from '../tenants/tenants.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { ModelRef } from './provider.ts';
import { RouteRef } from './route.ts';
import { requireScopes } from './scopes.ts';

const tenantDescription = "Left out: the tenant of this key. Another tenant's needs the scope admin.";
/** The maximum of routes of a tenant: with it the versions of all routes cost too much for one document. */
const routesCost = maxRoutes;
const explainCost = 20;

const TargetStateRef = builder.enumType('RouteTargetState', {
  values: {
    AVAILABLE: { value: 'available' },
    COOLING_DOWN: { value: 'cooling_down', description: 'It has failed, and is not tried for a while.' },
    NOT_CONFIGURED: { value: 'not_configured', description: 'Neither the gateway nor the tenant has a key for it.' },
    NOT_ALLOWED: { value: 'not_allowed', description: "The key's allowed providers or models exclude it." },
  } as const,
});

const ExplainedTargetRef = builder.objectRef<ExplainedTarget>('ExplainedTarget').implement({
  description: 'A target, and whether a request would try it.',
  fields: (t) => ({
    provider: t.string({ resolve: ({ target }) => target.provider }),
    model: t.string({ resolve: ({ target }) => target.model }),
    tier: t.int({ resolve: ({ target }) => target.tier }),
    weight: t.int({ resolve: ({ target }) => target.weight }),
    params: t.field({ type: 'JSON', nullable: true, resolve: ({ target }) => target.params }),
    firstByteTimeoutMs: t.int({ nullable: true, resolve: ({ target }) => target.firstByteTimeoutMs }),
    state: t.expose('state', { type: TargetStateRef }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it is skipped; null where it is not.' }),
    price: t.field({
      type: ModelRef,
      nullable: true,
      description: 'Null for a provider that is not known.',
      resolve: ({ entry, target }, _, { jobs: { gateway } }) =>
        entry && describePrice(entry, target.model, gateway.prices, new Date(gateway.now())),
    }),
  }),
});

const RouteExplanationRef = builder
  .objectRef<{ readonly route: Route; readonly targets: readonly ExplainedTarget[] }>('RouteExplanation')
  .implement({
    description: 'What a request for a route would do, without sending one.',
    fields: (t) => ({
      name: t.string({ resolve: ({ route }) => route.name }),
      tenantId: t.id({
        nullable: true,
        description: 'Null: the route is global.',
        resolve: ({ route }) => route.tenantId,
      }),
      version: t.int({ description: '0: the route is one of routes.json.', resolve: ({ route }) => route.version }),
      route: t.field({ type: RouteRef, resolve: ({ route }) => route }),
      targets: t.field({
        type: [ExplainedTargetRef],
        description: 'In the order of preference: by tier, and within a tier by weight.',
        resolve: ({ targets }) => [...targets],
      }),
    }),
  });

builder.queryFields((t) => ({
  routes: t.field({
    extensions: requireScopes('read'),
    type: [RouteRef],
    description:
      'The routes that a tenant can use, by name: its own, and the global ones that none of its own replaces.',
    args: { tenantId: t.arg.id({ description: tenantDescription }) },
    complexity: { field: 1, multiplier: routesCost },
    resolve: async (_, { tenantId }, context) => {
      const { id } = await readTenant(context, tenantId);
      return [...(await loadBook(context)).list(id)];
    },
  }),
  route: t.field({
    extensions: requireScopes('read'),
    type: RouteRef,
    nullable: true,
    args: { name: t.arg.string({ required: true }), tenantId: t.arg.id({ description: tenantDescription }) },
    resolve: async (_, { name, tenantId }, context) => {
      const { id } = await readTenant(context, tenantId);
      return (await loadBook(context)).find(id, name) ?? null;
    },
  }),
  explainRoute: t.field({
    extensions: requireScopes('read'),
    type: RouteExplanationRef,
    description: 'Explains which targets a request for a route would try, and why others are skipped.',
    args: { name: t.arg.string({ required: true }), tenantId: t.arg.id({ description: tenantDescription }) },
    complexity: explainCost,
    resolve: async (_, { name, tenantId }, context) => {
      const tenant = await readTenant(context, tenantId);
      const [book] = await Promise.all([loadBook(context), loadPrices(context)]);
      const route = book.find(tenant.id, name);
      if (!route) throw routeNotFoundError(name, book.list(tenant.id));
      return { route, targets: explainRoute(route, await readConditions(context, tenant)) };
    },
  }),
}));

interface TenantChoice {
  readonly id: string;
  readonly isOwn: boolean;
}

/** Throws `forbidden` for another tenant, whether it exists or not, unless the key has the scope `admin`. */
async function readTenant(
  { principal, tenants }: GraphQlContext,
  tenantId: string | null | undefined,
): Promise<TenantChoice> {
  if (tenantId == null || tenantId === principal.tenantId) return { id: principal.tenantId, isOwn: true };
  checkScope(principal, ['admin']);
  return { id: (await getTenant(tenants, tenantId)).id, isOwn: false };
}

const reloads = new WeakMap<GraphQlContext, Promise<void>>();

/** Reloads the routes, once for a document: what was changed elsewhere is shown at once. */
async function loadBook(context: GraphQlContext): Promise<RouteBook> {
  const { routes } = context.jobs.gateway;
  const reload = reloads.get(context) ?? routes.reload();
  reloads.set(context, reload);
  await reload;
  return routes;
}

async function loadPrices({ jobs: { gateway } }: GraphQlContext): Promise<void> {
  const renewals: Promise<unknown>[] = [];
  await gateway.prices.ready((renewal) => renewals.push(renewal));
  await Promise.all(renewals);
}

/** For the tenant of this key its allowed names count, for another one they are those of no key. */
async function readConditions(
  { principal, jobs: { gateway }, tenants }: GraphQlContext,
  { id, isOwn }: TenantChoice,
): Promise<TargetConditions & { readonly allowedModels: readonly string[] | null }> {
  const { registry, health } = gateway;
  const { allowedModels, allowedProviders } = isOwn ? principal : { allowedModels: null, allowedProviders: null };
  const keys = isOwn ? principal.providerKeys : await findEncryptedProviderKeys(tenants.database, id);
  const byokProviders = gateway.peekByokProviders(id, keys);
  return { entries: registry.entries, health, allowedModels, allowedProviders, byokProviders };
}
