import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { ApiKey } from '../domain/tenant.ts';
import { findModelWarnings } from '../tenants/find-model-warnings.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { KeyUsageRef } from './key-usage.ts';
import { NodeRef } from './node.ts';
import { endUserLimitsDescription, LimitsRef, requireEndUserDescription, withOwner } from './usage-limits.ts';

type PrincipalField =
  | 'id'
  | 'name'
  | 'scopes'
  | 'allowedProviders'
  | 'allowedModels'
  | 'strict'
  | 'limits'
  | 'endUserLimits'
  | 'expiresAt';

/** An API key with at least the fields that a principal has. Other fields are loaded where a document selects them. */
export type PartialApiKey = Pick<ApiKey, PrincipalField> & Partial<ApiKey>;

/** Returns the API key of a request, as far as its principal describes it. */
export function toOwnApiKey(principal: Principal): PartialApiKey {
  const { keyId: id, keyName: name, keyLimits, keyEndUserLimits } = principal;
  const { scopes, allowedProviders, allowedModels, strict, expiresAt } = principal;
  const limits = { limits: keyLimits, endUserLimits: keyEndUserLimits };
  return { id, name, ...limits, scopes, allowedProviders, allowedModels, strict, expiresAt };
}

/** Which bodies a key keeps. */
export const BodyRetentionRef = builder.enumType('BodyRetention', {
  values: {
    NONE: { value: 'none' },
    ERRORS: { value: 'errors', description: 'Those of requests that fail or are refused.' },
    ALL: { value: 'all' },
  } as const,
});

export const endUserDescription = 'The end user of all requests of the key. Null: each request names its own.';
export const keepBodiesDescription =
  'Which requests and replies are kept with their bodies for BODY_RETENTION_DAYS, with secrets masked. New keys: NONE.';

/** An API key, without its text. */
export const ApiKeyRef = builder.objectRef<PartialApiKey>('ApiKey').implement({
  interfaces: [NodeRef],
  description: 'An API key, and never its text.',
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    start: t.string({
      nullable: true,
      description: 'The first characters of its text, where they were kept.',
      resolve: (key, _, context) => loadField(key, 'start', context),
    }),
    scopes: t.stringList({ resolve: ({ scopes }) => [...scopes] }),
    allowedProviders: t.stringList({
      nullable: true,
      description: 'Null: any.',
      resolve: ({ allowedProviders }) => allowedProviders && [...allowedProviders],
    }),
    allowedModels: t.stringList({
      nullable: true,
      description: 'Null: any.',
      resolve: ({ allowedModels }) => allowedModels && [...allowedModels],
    }),
    warnings: t.stringList({
      description:
        'What may be a mistake: names in `allowedModels` that are neither a route nor a known model. They count all the same.',
      resolve: findWarnings,
    }),
    strict: t.exposeBoolean('strict', {
      description: 'True: a field that a translation would drop is a 400, as with `x-gateway-strict: true`.',
    }),
    endUser: t.string({
      nullable: true,
      description: endUserDescription,
      resolve: (key, _, context) => loadField(key, 'endUser', context),
    }),
    keepBodies: t.field({
      type: BodyRetentionRef,
      description: keepBodiesDescription,
      resolve: (key, _, context) => loadField(key, 'keepBodies', context),
    }),
    limits: t.field({
      type: LimitsRef,
      description: "Those of the key; its tenant's hold as well.",
      resolve: async (key, _, context) => {
        const tenantId = await loadTenantId(key, context);
        return withOwner(key.limits, { scope: 'key', scopeId: key.id, tenantId });
      },
    }),
    usage: t.field({
      type: KeyUsageRef,
      resolve: async (key, _, context) => ({ keyId: key.id, tenantId: await loadTenantId(key, context) }),
    }),
    endUserLimits: t.expose('endUserLimits', { type: LimitsRef, description: endUserLimitsDescription }),
    requireEndUser: t.boolean({
      description: requireEndUserDescription,
      resolve: (key, _, context) => loadField(key, 'requireEndUser', context),
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    createdAt: t.field({ type: 'DateTime', resolve: (key, _, context) => loadField(key, 'createdAt', context) }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: (key, _, context) => loadField(key, 'revokedAt', context),
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Within a minute or so.',
      resolve: (key, _, context) => loadField(key, 'lastUsedAt', context),
    }),
    rotatedFrom: t.id({
      nullable: true,
      description: 'The key that this one takes the place of.',
      resolve: (key, _, context) => loadField(key, 'rotatedFrom', context),
    }),
  }),
});

async function findWarnings(key: PartialApiKey, _: unknown, context: GraphQlContext): Promise<string[]> {
  if (key.allowedModels === null) return [];
  const { registry, prices, routes, now } = context.jobs.gateway;
  const tenantId = await loadTenantId(key, context);
  const routeNames = routes.list(tenantId).map(({ name }) => name);
  return findModelWarnings(key.allowedModels, {
    providers: registry.entries,
    prices,
    routeNames,
    at: new Date(now()),
  });
}

async function loadTenantId(key: PartialApiKey, context: GraphQlContext): Promise<string> {
  const { keyId, tenantId } = context.principal;
  return key.id === keyId ? tenantId : await loadField(key, 'tenantId', context);
}

async function loadField<Field extends keyof ApiKey>(
  key: PartialApiKey,
  field: Field,
  { loaders }: GraphQlContext,
): Promise<ApiKey[Field]> {
  const partial: Partial<ApiKey> = key;
  const value = partial[field];
  if (value !== undefined) return value;
  const apiKey = await loaders.apiKeys.load(key.id);
  if (!apiKey) throw new GatewayError('not_found', `There is no API key ${key.id}.`);
  return apiKey[field];
}
