import type { RouteEditor } from '../domain/route.ts';
import { deleteRoute, type SetRouteResult, setRoute } from '../routing/set-route.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { PromptCacheRef, RouteVersionRef, StickyRef } from './route.ts';
import { requireScopes } from './scopes.ts';

const writeCost = 50;
const tenantDescription =
  "Left out: the tenant of this key. Null: global, for all tenants. A tenant's route goes first.";

const RouteTargetInputRef = builder.inputType('RouteTargetInput', {
  fields: (t) => ({
    provider: t.string({ required: true, description: "The provider's id, or an alias. Never a route." }),
    model: t.string({ required: true, description: 'As the provider calls it.' }),
    tier: t.int({ description: '1–20; 1 is tried first, and is the default.' }),
    weight: t.int({ description: 'The share among the targets of its tier: 1–1000, by default 1.' }),
    params: t.field({
      type: 'JSON',
      description:
        'Fields of the request that this target gets: temperature, topP, topK, maxTokens, stop, seed, frequencyPenalty, presencePenalty, reasoningEffort, parallelToolCalls. At most 4 KB.',
    }),
    firstByteTimeoutMs: t.int({ description: '100–600000; left out: FIRST_BYTE_TIMEOUT_MS.' }),
  }),
});

const RouteRetryInputRef = builder.inputType('RouteRetryInput', {
  fields: (t) => ({
    attempts: t.int({ description: 'The maximum of attempts over all targets: 1–10, by default 3.' }),
    deadlineMs: t.int({ description: '1000–600000, by default 60000.' }),
  }),
});

const RouteCacheInputRef = builder.inputType('RouteCacheInput', {
  fields: (t) => ({ ttlSeconds: t.int({ description: '0–86400, by default 0: replies are not cached.' }) }),
});

const SetRouteInputRef = builder.inputType('SetRouteInput', {
  description: 'The whole route: what is left out gets its default.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Matches ^[a-z0-9][a-z0-9._-]{0,62}$.' }),
    tenantId: t.id({ description: tenantDescription }),
    targets: t.field({ type: [RouteTargetInputRef], required: true, description: '1–20.' }),
    retry: t.field({ type: RouteRetryInputRef }),
    sticky: t.field({ type: StickyRef, description: 'By default none.' }),
    promptCache: t.field({ type: PromptCacheRef, description: 'By default off.' }),
    cache: t.field({ type: RouteCacheInputRef }),
  }),
});

const SetRoutePayloadRef = builder.objectRef<SetRouteResult>('SetRoutePayload').implement({
  fields: (t) => ({
    name: t.string({ resolve: ({ version }) => version.name }),
    tenantId: t.id({ nullable: true, resolve: ({ version }) => version.tenantId }),
    version: t.int({
      description: 'One more than before, or the same where the definition is the same.',
      resolve: ({ version }) => version.version,
    }),
    warnings: t.stringList({
      description: 'What may be a mistake, each with its field. The route is stored all the same.',
      resolve: ({ warnings }) => [...warnings],
    }),
    stored: t.field({ type: RouteVersionRef, resolve: ({ version }) => version }),
  }),
});

builder.mutationFields((t) => ({
  setRoute: t.field({
    extensions: requireScopes('admin'),
    type: SetRoutePayloadRef,
    description: 'Creates or replaces a route: here at once, everywhere within 20 seconds.',
    args: { input: t.arg({ type: SetRouteInputRef, required: true }) },
    complexity: writeCost,
    resolve: async (_, { input }, context) => {
      const { jobs, tenants } = context;
      const { routes: book, registry, prices, now } = jobs.gateway;
      const dependencies = { database: tenants.database, book, providers: registry.entries, prices, now };
      return await setRoute(dependencies, input, editorOf(context));
    },
  }),
  deleteRoute: t.field({
    extensions: requireScopes('admin'),
    type: RouteVersionRef,
    description: 'Deletes a route. Its history stays, and one of the same name in routes.json applies again.',
    args: { name: t.arg.string({ required: true }), tenantId: t.arg.id({ description: tenantDescription }) },
    complexity: writeCost,
    resolve: async (_, args, context) => {
      const { database } = context.tenants;
      return await deleteRoute({ database, book: context.jobs.gateway.routes }, args, editorOf(context));
    },
  }),
}));

function editorOf({ principal, tenants: { actor } }: GraphQlContext): RouteEditor {
  return { actor, defaultTenantId: principal.tenantId };
}
