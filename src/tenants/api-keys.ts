import * as z from 'zod';
import { hashKey } from '../auth/hash-key.ts';
import { createApiKeyText, getKeyStart } from '../auth/key-format.ts';
import {
  findApiKeys,
  insertApiKey,
  replaceApiKey,
  revokeApiKey as revokeApiKeyRow,
  updateApiKey as updateApiKeyRow,
} from '../db/queries/api-keys.ts';
import { toEndUserColumns } from '../db/queries/limit-columns.ts';
import { isAttributionId, isReservedId } from '../domain/attribution-id.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { findProvider } from '../domain/find-provider.ts';
import { newId } from '../domain/ids.ts';
import { bodyRetentions } from '../domain/logging.ts';
import { scopes } from '../domain/scope.ts';
import type { ApiKey, Tenant } from '../domain/tenant.ts';
import { parseWithSchema } from '../lib/parse-with-schema.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import { builtInProviders } from '../providers/catalog.ts';
import { checkEndUserLimits, checkWithinTenantLimits, limitsSchema, mergeLimits } from './limits-input.ts';
import type { TenantDependencies } from './tenant-dependencies.ts';
import { getTenant, nameSchema } from './tenants.ts';

const maxOverlapSeconds = 30 * 86_400;
const scopesMessage = `must be a list of ${scopes.join(', ')}`;
const scopesSchema = z
  .array(z.enum(scopes, { error: ({ input }) => scopesMessage + suggestScope(input) }), scopesMessage)
  .min(1, scopesMessage)
  .transform((list) => [...new Set(list)]);
function suggestScope(input: unknown): string {
  return typeof input === 'string' ? didYouMean(input, scopes) : '';
}

const allowedMessage = 'must be a list of up to 100 names, or null for any';
const allowedSchema = z
  .array(z.string(allowedMessage).regex(/^[\x20-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters each'), {
    error: allowedMessage,
  })
  .max(100, allowedMessage)
  .nullish();

const endUserMessage = 'must be 1 to 128 printable characters, or null for none';
const endUserSchema = z
  .string(endUserMessage)
  .refine(isAttributionId, endUserMessage)
  .refine((text) => !isReservedId(text), 'must be another id: this one names a sum');

const fields = {
  scopes: scopesSchema.nullish(),
  allowedProviders: allowedSchema,
  allowedModels: allowedSchema,
  strict: z.boolean('must be true or false').nullish(),
  endUser: endUserSchema.nullish(),
  keepBodies: z.enum(bodyRetentions, `must be ${bodyRetentions.join(', ')}`).nullish(),
  expiresAt: z.date('must be a time').nullish(),
  limits: limitsSchema.nullish(),
  endUserLimits: limitsSchema.nullish(),
  requireEndUser: z.boolean('must be true or false').nullish(),
};
const createSchema = z.strictObject({ tenantId: z.string(), name: nameSchema, ...fields });
const updateSchema = z.strictObject({ name: nameSchema.nullish(), ...fields });

/** A new key. Its text is returned this once. */
export interface CreatedApiKey {
  readonly key: string;
  readonly apiKey: ApiKey;
}

/** Creates a key. Throws `not_found` for an unknown tenant, `invalid_request` for limits above its tenant's. */
export async function createApiKey(dependencies: TenantDependencies, input: unknown): Promise<CreatedApiKey> {
  const { tenantId, name, ...rest } = parseWithSchema(input, createSchema);
  const tenant = await getTenant(dependencies, tenantId);
  const changes = toColumns(dependencies, rest);
  checkLimits(rest, tenant);
  const { key, ...text } = await createKeyText();
  const apiKey = await insertApiKey(dependencies.database, { ...text, ...changes, tenantId, name }, dependencies.actor);
  if (!apiKey) throw new GatewayError('internal');
  return { key, apiKey };
}

/** Updates a key. Throws `not_found`, and `conflict` where the key of the request would take `admin` from itself. */
export async function updateApiKey(dependencies: TenantDependencies, id: string, input: unknown): Promise<ApiKey> {
  const { name, ...rest } = parseWithSchema(input, updateSchema);
  const changes = { ...toColumns(dependencies, rest), name: name ?? undefined };
  const existing = await getApiKey(dependencies, id);
  if (isSelf(dependencies, id) && changes.scopes && !changes.scopes.includes('admin')) {
    throw new GatewayError('conflict', 'This key cannot take the scope admin from itself: use another admin key.');
  }
  checkLimits(rest, await getTenant(dependencies, existing.tenantId), existing);
  return (await updateApiKeyRow(dependencies.database, id, changes, dependencies.actor)) ?? throwNotFound(id);
}

/**
 * Revokes a key permanently. Throws `not_found`, and `conflict` for the key of the request: an admin key has to remain.
 */
export async function revokeApiKey(
  { database, actor }: Pick<TenantDependencies, 'database' | 'actor'>,
  id: string,
): Promise<ApiKey> {
  if (isSelf({ actor }, id)) throw new GatewayError('conflict', 'A key cannot revoke itself: use another admin key.');
  checkKeyId(id);
  return (await revokeApiKeyRow(database, id, actor)) ?? throwNotFound(id);
}

/**
 * Creates a key that replaces another one, with the same permissions and limits. The old key works for another
 * `overlapSeconds` (0: it ends at once). Throws `not_found`, `conflict` for a key that has ended, `invalid_request` for
 * more than 30 days.
 */
export async function rotateApiKey(
  { database, actor }: Pick<TenantDependencies, 'database' | 'actor'>,
  id: string,
  overlapSeconds: number,
): Promise<CreatedApiKey> {
  if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > maxOverlapSeconds) {
    const range = `a whole number from 0 to ${maxOverlapSeconds} (30 days)`;
    throw invalidFieldError(['overlapSeconds'], `must be ${range}`);
  }
  await getApiKey({ database }, id);
  const { key, ...text } = await createKeyText();
  if (!(await replaceApiKey(database, id, text, overlapSeconds, actor))) {
    throw new GatewayError('conflict', `Key ${id} has been revoked or has expired: create a new one.`);
  }
  return { key, apiKey: await getApiKey({ database }, text.id) };
}

async function getApiKey({ database }: Pick<TenantDependencies, 'database'>, id: string): Promise<ApiKey> {
  checkKeyId(id);
  const [apiKey] = await findApiKeys(database, [id]);
  return apiKey ?? throwNotFound(id);
}

async function createKeyText() {
  const key = createApiKeyText();
  return { key, id: newId('key'), keyHash: await hashKey(key), start: getKeyStart(key) };
}

type ApiKeyFields = Omit<z.infer<typeof updateSchema>, 'name'>;

function toColumns(
  { providers, now }: TenantDependencies,
  { scopes, strict, endUser, keepBodies, expiresAt, limits, endUserLimits, requireEndUser, ...allowed }: ApiKeyFields,
) {
  if (expiresAt && expiresAt.getTime() <= now()) {
    throw invalidFieldError(['expiresAt'], 'must be in the future');
  }
  const allowedProviders = allowed.allowedProviders?.map((name) => resolveProviderId(name, providers));
  return {
    ...limits,
    ...toEndUserColumns(endUserLimits ?? {}),
    requireEndUser: requireEndUser ?? undefined,
    scopes: scopes ?? undefined,
    strict: strict ?? undefined,
    endUser,
    keepBodies: keepBodies ?? undefined,
    expiresAt,
    allowedModels: allowed.allowedModels,
    allowedProviders: allowed.allowedProviders === null ? null : allowedProviders,
  };
}

function checkLimits({ limits, endUserLimits }: ApiKeyFields, tenant: Tenant, existing?: ApiKey): void {
  checkWithinTenantLimits(limits ?? {}, tenant.limits);
  const endUser = mergeLimits(existing?.endUserLimits ?? {}, endUserLimits ?? {});
  checkEndUserLimits(endUser, mergeLimits(existing?.limits ?? {}, limits ?? {}), 'key');
  if (endUserLimits) checkEndUserLimits(endUser, tenant.limits, 'tenant');
}

function resolveProviderId(name: string, providers: TenantDependencies['providers']): string {
  const provider = findProvider(providers ?? builtInProviders, name);
  if (provider || !providers) return provider?.id ?? name;
  const ids = providers.map(({ id }) => id);
  const hint = didYouMean(name, ids) || `: use some of ${ids.join(', ')}`;
  throw invalidFieldError(['allowedProviders'], `"${name}" is unknown${hint}`);
}

/** Returns whether a key is the one that makes the change. */
function isSelf({ actor }: Pick<TenantDependencies, 'actor'>, id: string): boolean {
  return actor.type === 'key' && actor.id === id;
}

function checkKeyId(id: string): void {
  if (!/^key_\w{1,64}$/.test(id)) throwNotFound(id);
}

function throwNotFound(id: string): never {
  throw new GatewayError('not_found', `There is no API key ${id.slice(0, 64)}.`);
}
