import { deleteProviderKey, listProviderKeys, upsertProviderKey } from '../db/queries/provider-keys.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { findProvider } from '../domain/find-provider.ts';
import type { ProviderKey } from '../domain/tenant.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import { builtInProviders } from '../providers/catalog.ts';
import type { TenantDependencies } from './tenant-dependencies.ts';
import { getTenant } from './tenants.ts';

const endingLength = 4;
/** The ending of a shorter key would reveal too much of it. */
const minKeyLength = 16;
const maxKeyLength = 512;

/**
 * Stores a tenant's own key for a provider (BYOK), encrypted. The tenant's requests to that provider use it. Throws
 * `not_found`, `invalid_request`, and `unavailable` without an ENCRYPTION_KEY.
 */
export async function setProviderKey(
  dependencies: TenantDependencies,
  {
    tenantId,
    key,
    provider: providerName,
  }: { readonly tenantId: string; readonly provider: string; readonly key: string },
): Promise<ProviderKey> {
  const provider = resolveProviderId(dependencies, providerName);
  const trimmedKey = key.trim();
  if (trimmedKey.length < minKeyLength || trimmedKey.length > maxKeyLength || !/^[\x21-\x7e]+$/.test(trimmedKey)) {
    const requirement = `${minKeyLength} to ${maxKeyLength} printable ASCII characters without spaces`;
    throw invalidFieldError(['key'], `must be ${requirement}`);
  }
  await getTenant(dependencies, tenantId);
  const encryptedKey = await dependencies.vault.encrypt(trimmedKey, { tenantId, provider });
  const ending = trimmedKey.slice(-endingLength);
  const row = { tenantId, provider, encryptedKey, ending };
  const stored = await upsertProviderKey(dependencies.database, row, dependencies.actor);
  if (!stored) throw new GatewayError('internal');
  return stored;
}

/**
 * Deletes a tenant's own key for a provider. The tenant's requests use the operator's key again. Throws `not_found`.
 */
export async function removeProviderKey(
  dependencies: TenantDependencies,
  { tenantId, provider: providerName }: { readonly tenantId: string; readonly provider: string },
): Promise<ProviderKey> {
  await getTenant(dependencies, tenantId);
  const provider = findProvider(builtInProviders, providerName)?.id ?? providerName;
  const deleted = provider.includes('\0')
    ? undefined
    : await deleteProviderKey(dependencies.database, { tenantId, provider }, dependencies.actor);
  if (deleted) return deleted;
  throw new GatewayError('not_found', `The tenant has no key of its own for provider "${provider.slice(0, 64)}".`);
}

/** Returns a tenant's own keys for providers, without their texts. Throws `not_found`. */
export async function getProviderKeys(dependencies: TenantDependencies, tenantId: string): Promise<ProviderKey[]> {
  await getTenant(dependencies, tenantId);
  return await listProviderKeys(dependencies.database, tenantId);
}

/** Throws `invalid_request` for a provider that is unknown or takes no API key. */
function resolveProviderId({ providers = [] }: TenantDependencies, name: string): string {
  const candidates = providers.filter(({ withKey }) => withKey !== undefined);
  const provider = findProvider(candidates, name);
  if (provider) return provider.id;
  const ids = candidates.map(({ id }) => id);
  throw invalidFieldError(
    ['provider'],
    `must be one that takes an API key (${ids.join(', ')})${didYouMean(name, ids)}`,
  );
}
