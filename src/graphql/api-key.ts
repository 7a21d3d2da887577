import { GatewayError } from '../domain/errors.ts';
import type { ApiKey } from '../domain/tenant.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { LimitsRef } from './usage-limits.ts';

type Known = 'id' | 'name' | 'scopes' | 'allowedProviders' | 'allowedModels' | 'limits' | 'expiresAt';

/** A key of which at least as much is known as of the one of a request; the rest is looked up where it is asked for. */
export type KnownApiKey = Pick<ApiKey, Known> & Partial<ApiKey>;

/** An API key, and never its text. */
export const ApiKeyRef = builder.objectRef<KnownApiKey>('ApiKey').implement({
  description: 'An API key, and never its text.',
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    start: t.string({
      nullable: true,
      description: 'The first characters of its text, where they were kept.',
      resolve: (key, _, context) => lookUp(key, 'start', context),
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
    limits: t.expose('limits', { type: LimitsRef, description: "Those of the key; its tenant's hold as well." }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    createdAt: t.field({ type: 'DateTime', resolve: (key, _, context) => lookUp(key, 'createdAt', context) }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: (key, _, context) => lookUp(key, 'revokedAt', context),
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Within a minute or so.',
      resolve: (key, _, context) => lookUp(key, 'lastUsedAt', context),
    }),
    rotatedFrom: t.id({
      nullable: true,
      description: 'The key that this one takes the place of.',
      resolve: (key, _, context) => lookUp(key, 'rotatedFrom', context),
    }),
  }),
});

async function lookUp<Field extends keyof ApiKey>(
  key: KnownApiKey,
  field: Field,
  { loaders }: GraphQlContext,
): Promise<ApiKey[Field]> {
  const known: Partial<ApiKey> = key;
  const value = known[field];
  if (value !== undefined) return value;
  const found = await loaders.apiKeys.load(key.id);
  if (!found) throw new GatewayError('not_found', `There is no API key ${key.id}.`);
  return found[field];
}
