import { promptCacheModes, type Route, type RouteTarget, type RouteVersion, stickyModes } from '../domain/route.ts';
import { builder } from './builder.ts';
import { maxRouteVersions, routeLoaderKey } from './loaders.ts';

/** The values are those of the JSON form. */
export const StickyRef = builder.enumType('Sticky', {
  description: 'Keeps the requests of a session or an end user on one target.',
  values: stickyModes,
});

export const PromptCacheRef = builder.enumType('PromptCache', {
  description: '`auto` marks what vendors can cache of a prompt.',
  values: promptCacheModes,
});

const RouteTargetRef = builder.objectRef<RouteTarget>('RouteTarget').implement({
  fields: (t) => ({
    provider: t.exposeString('provider', { description: "The provider's id." }),
    model: t.exposeString('model'),
    tier: t.exposeInt('tier', { description: '1 is tried first.' }),
    weight: t.exposeInt('weight', { description: 'The share among the targets of its tier.' }),
    params: t.expose('params', { type: 'JSON', nullable: true, description: 'Fields of the request that it gets.' }),
    firstByteTimeoutMs: t.exposeInt('firstByteTimeoutMs', { nullable: true }),
  }),
});

const RouteRetryRef = builder.objectRef<Route['retry']>('RouteRetry').implement({
  fields: (t) => ({
    attempts: t.exposeInt('attempts', { description: 'The maximum of attempts over all targets.' }),
    deadlineMs: t.exposeInt('deadlineMs'),
  }),
});

const RouteCacheRef = builder.objectRef<{ readonly ttlSeconds: number }>('RouteCache').implement({
  fields: (t) => ({ ttlSeconds: t.exposeInt('ttlSeconds', { description: '0: replies are not cached.' }) }),
});

/** A state of a route in its history. */
export const RouteVersionRef = builder.objectRef<RouteVersion>('RouteVersion').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    tenantId: t.exposeID('tenantId', { nullable: true, description: 'Null: global.' }),
    version: t.exposeInt('version'),
    deleted: t.boolean({ resolve: ({ definition }) => definition === null }),
    definition: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The JSON form of the route without its name; null: the route was deleted.',
      resolve: ({ definition }) => definition,
    }),
    changedBy: t.string({
      nullable: true,
      description: 'The id of an API key, or `cli`. Null for a global route, unless the key has the scope admin.',
      resolve: ({ tenantId, changedBy }, _, { principal }) =>
        tenantId === null && !principal.scopes.includes('admin') ? null : changedBy,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

/** A route that applies. */
export const RouteRef = builder.objectRef<Route>('Route').implement({
  description: 'A virtual model: a name that leads to targets.',
  fields: (t) => ({
    name: t.exposeString('name'),
    tenantId: t.exposeID('tenantId', { nullable: true, description: 'Null: global.' }),
    version: t.exposeInt('version', { description: '0: the route is one of routes.json.' }),
    targets: t.field({ type: [RouteTargetRef], resolve: ({ targets }) => [...targets] }),
    retry: t.field({ type: RouteRetryRef, resolve: ({ retry }) => retry }),
    sticky: t.expose('sticky', { type: StickyRef }),
    promptCache: t.expose('promptCache', { type: PromptCacheRef }),
    cache: t.field({ type: RouteCacheRef, resolve: ({ cacheTtlSeconds: ttlSeconds }) => ({ ttlSeconds }) }),
    versions: t.field({
      type: [RouteVersionRef],
      description: `Its newest ${maxRouteVersions} versions, the newest first, with who made them and when. A route of routes.json has none.`,
      complexity: { field: 1, multiplier: maxRouteVersions },
      resolve: async (route, _, { loaders }) => [...(await loaders.routeVersions.load(routeLoaderKey(route)))],
    }),
  }),
});
