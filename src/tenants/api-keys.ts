import * as z from 'zod';
import { hashKey } from '../auth/hash-key.ts';
import { createApiKeyText, getKeyStart } from '../auth/key-format.ts';
import { findApiKeys, insertApiKey, replaceApiKey, revokeApiKey, updateApiKey } from '../db/queries/api-keys.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { findProvider } from '../domain/find-provider.ts';
import { newId } from '../domain/ids.ts';
import { scopes } from '../domain/principal.ts';
import type { ApiKey } from '../domain/tenant.ts';
import { parseWithSchema } from '../lib/parse-with-schema.ts';
import { builtInProviders } from '../providers/catalog.ts';
import { checkWithin, limitsSchema } from './limits-input.ts';
import type { TenantDependencies } from './tenant-dependencies.ts';
import { getTenant, nameSchema } from './tenants.ts';

const maxOverlapSeconds = 30 * 86_400;
const scopesMessage = `must be a list of ${scopes.join(', ')}`;
const scopesSchema = z
  .array(z.enum(scopes, scopesMessage), scopesMessage)
  .min(1, scopesMessage)
  .transform((list) => [...new Set(list)]);
const allowedMessage = 'must be a list of up to 100 names, or null for any';
const allowedSchema = z
  .array(z.string(allowedMessage).regex(/^[\x20-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters each'), {
    error: allowedMessage,
  })
  .max(100, allowedMessage)
  .nullish();

const fields = {
  scopes: scopesSchema.nullish(),
  allowedProviders: allowedSchema,
  allowedModels: allowedSchema,
  expiresAt: z.date('must be a time').nullish(),
  limits: limitsSchema.nullish(),
};
const newKeySchema = z.strictObject({ tenantId: z.string(), name: nameSchema, ...fields });
const changesSchema = z.strictObject({ name: nameSchema.nullish(), ...fields });

/** A new key: its text is shown this once. */
export interface MadeKey {
  readonly key: string;
  readonly apiKey: ApiKey;
}

/** Makes a key. Throws `not_found` for a tenant that there is not, `invalid_request` for limits above its tenant's. */
export async function createApiKey(dependencies: TenantDependencies, said: unknown): Promise<MadeKey> {
  const { tenantId, name, ...rest } = parseWithSchema(said, newKeySchema);
  const tenant = await getTenant(dependencies, tenantId);
  const changes = toChanges(dependencies, rest);
  checkWithin(changes, tenant.limits);
  const { key, ...text } = await newText();
  const apiKey = await insertApiKey(dependencies.database, { ...text, ...changes, tenantId, name });
  if (!apiKey) throw new GatewayError('internal');
  return { key, apiKey };
}

/** Changes what is said of a key. Throws `not_found`, and `conflict` where it takes `admin` from the key that asks. */
export async function changeApiKey(
  dependencies: TenantDependencies,
  id: string,
  said: unknown,
  askingKeyId?: string,
): Promise<ApiKey> {
  const { name, ...rest } = parseWithSchema(said, changesSchema);
  const changes = { ...toChanges(dependencies, rest), name: name ?? undefined };
  const known = await getApiKey(dependencies, id);
  if (id === askingKeyId && changes.scopes && !changes.scopes.includes('admin')) {
    throw new GatewayError('conflict', 'This key cannot take the scope admin from itself: use another admin key.');
  }
  checkWithin(changes, (await getTenant(dependencies, known.tenantId)).limits);
  return (await updateApiKey(dependencies.database, id, changes)) ?? missing(id);
}

/** Ends a key for good. Throws `not_found`, and `conflict` for the key that is asking: somebody has to be left. */
export async function endApiKey(
  { database }: Pick<TenantDependencies, 'database'>,
  id: string,
  askingKeyId?: string,
): Promise<ApiKey> {
  if (id === askingKeyId) throw new GatewayError('conflict', 'A key cannot revoke itself: use another admin key.');
  checkKeyId(id);
  return (await revokeApiKey(database, id)) ?? missing(id);
}

/**
 * Makes a key that takes the place of another one, with all that it has. The old one works beside it for `overlapSeconds`
 * more (0: it ends at once). Throws `not_found`, `conflict` for a key that has ended, `invalid_request` for more than 30
 * days.
 */
export async function rotateApiKey(
  { database }: Pick<TenantDependencies, 'database'>,
  id: string,
  overlapSeconds: number,
): Promise<MadeKey> {
  if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > maxOverlapSeconds) {
    const range = `a whole number from 0 to ${maxOverlapSeconds} (30 days)`;
    throw invalidFieldError(['overlapSeconds'], `must be ${range}`);
  }
  await getApiKey({ database }, id);
  const { key, ...text } = await newText();
  if (!(await replaceApiKey(database, id, text, overlapSeconds))) {
    throw new GatewayError('conflict', `Key ${id} has been revoked or has expired: create a new one.`);
  }
  return { key, apiKey: await getApiKey({ database }, text.id) };
}

async function getApiKey({ database }: Pick<TenantDependencies, 'database'>, id: string): Promise<ApiKey> {
  checkKeyId(id);
  const [apiKey] = await findApiKeys(database, [id]);
  return apiKey ?? missing(id);
}

async function newText() {
  const key = createApiKeyText();
  return { key, id: newId('key'), keyHash: await hashKey(key), start: getKeyStart(key) };
}

type Said = Omit<z.infer<typeof changesSchema>, 'name'>;

function toChanges({ providers, now }: TenantDependencies, { scopes, expiresAt, limits, ...allowed }: Said) {
  if (expiresAt && expiresAt.getTime() <= now()) {
    throw invalidFieldError(['expiresAt'], 'must be in the future');
  }
  const allowedProviders = allowed.allowedProviders?.map((name) => getProviderId(name, providers));
  return {
    ...limits,
    scopes: scopes ?? undefined,
    expiresAt,
    allowedModels: allowed.allowedModels,
    allowedProviders: allowed.allowedProviders === null ? null : allowedProviders,
  };
}

function getProviderId(name: string, providers: TenantDependencies['providers']): string {
  const provider = findProvider(providers ?? builtInProviders, name);
  if (provider || !providers) return provider?.id ?? name;
  const names = providers.map(({ id }) => id).join(', ');
  throw invalidFieldError(['allowedProviders'], `"${name}" is unknown: use some of ${names}`);
}

function checkKeyId(id: string): void {
  if (!/^key_\w{1,64}$/.test(id)) missing(id);
}

function missing(id: string): never {
  throw new GatewayError('not_found', `There is no API key ${id.slice(0, 64)}.`);
}
