import { deleteProviderKey, listProviderKeys, upsertProviderKey } from '../db/queries/provider-keys.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { findProvider } from '../domain/find-provider.ts';
import type { ProviderKey } from '../domain/tenant.ts';
import { builtInProviders } from '../providers/catalog.ts';
import type { TenantDependencies } from './tenant-dependencies.ts';
import { getTenant } from './tenants.ts';

const endingLength = 4;
/** Below, its ending would say too much of a key. */
const shortestKey = 16;
const maxKeyLength = 512;

/**
 * Keeps the key that a tenant has brought for a provider, sealed: its calls to that provider are made with it. Throws
 * `not_found`, `invalid_request`, and `unavailable` where there is no ENCRYPTION_KEY.
 */
export async function setProviderKey(
  dependencies: TenantDependencies,
  { tenantId, key, ...said }: { readonly tenantId: string; readonly provider: string; readonly key: string },
): Promise<ProviderKey> {
  const provider = getProviderId(dependencies, said.provider);
  const text = key.trim();
  if (text.length < shortestKey || text.length > maxKeyLength || !/^[\x21-\x7e]+$/.test(text)) {
    const what = `${shortestKey} to ${maxKeyLength} printable ASCII characters without spaces`;
    throw invalidFieldError(['key'], `must be ${what}`);
  }
  await getTenant(dependencies, tenantId);
  const sealed = await dependencies.vault.seal(text, { tenantId, provider });
  const ending = text.slice(-endingLength);
  const kept = await upsertProviderKey(dependencies.database, { tenantId, provider, sealed, ending });
  if (!kept) throw new GatewayError('internal');
  return kept;
}

/** Forgets the key that a tenant has brought for a provider: its calls go by the operator's again. Throws `not_found`. */
export async function removeProviderKey(
  dependencies: TenantDependencies,
  said: { readonly tenantId: string; readonly provider: string },
): Promise<ProviderKey> {
  await getTenant(dependencies, said.tenantId);
  const provider = findProvider(builtInProviders, said.provider)?.id ?? said.provider;
  const removed = provider.includes('\0')
    ? undefined
    : await deleteProviderKey(dependencies.database, { tenantId: said.tenantId, provider });
  if (removed) return removed;
  throw new GatewayError('not_found', `The tenant has no key of its own for provider "${provider.slice(0, 64)}".`);
}

/** The keys that a tenant has brought, without their texts. Throws `not_found`. */
export async function getProviderKeys(dependencies: TenantDependencies, tenantId: string): Promise<ProviderKey[]> {
  await getTenant(dependencies, tenantId);
  return await listProviderKeys(dependencies.database, tenantId);
}

/** Throws `invalid_request` for a provider that is unknown or takes no API key. */
function getProviderId({ providers = [] }: TenantDependencies, name: string): string {
  const candidates = providers.filter(({ withKey }) => withKey !== undefined);
  const provider = findProvider(candidates, name);
  if (provider) return provider.id;
  const names = candidates.map(({ id }) => id).join(', ');
  throw invalidFieldError(['provider'], `must be one that takes an API key (${names})`);
}
