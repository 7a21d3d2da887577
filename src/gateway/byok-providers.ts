import type { EncryptedProviderKey } from '../domain/principal.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import type { Provider } from '../providers/provider.ts';

interface ByokProvidersOptions {
  /** Decrypts a provider key. Throws `unavailable` if it cannot. */
  readonly decrypt: (encryptedKey: string, owner: { tenantId: string; provider: string }) => Promise<string>;
}

/** Bounds the memory that the clients of tenants' keys use in an isolate. */
const maxProviders = 500;

/** The providers that use the keys of tenants. Each is created once in an isolate. */
export class ByokProviders {
  readonly #options: ByokProvidersOptions;
  readonly #providers = new BoundedMap<string, Provider>({ maxSize: maxProviders, evicts: 'least-recently-used' });

  constructor(options: ByokProvidersOptions) {
    this.#options = options;
  }

  /** Returns the provider that `withKey` creates with the key of a tenant, or the existing one for the same key. */
  async find(
    tenantId: string,
    { provider, encryptedKey }: EncryptedProviderKey,
    withKey: (apiKey: string) => Provider,
  ): Promise<Provider> {
    const cacheKey = createCacheKey(tenantId, { provider, encryptedKey });
    const cached = this.#providers.get(cacheKey);
    if (cached) return cached;
    const created = limitToTenant(withKey(await this.#options.decrypt(encryptedKey, { tenantId, provider })), tenantId);
    this.#providers.set(cacheKey, created);
    return created;
  }

  /** Returns the provider that uses a key of a tenant, where a request has created it in this isolate. */
  peek(tenantId: string, key: EncryptedProviderKey): Provider | undefined {
    return this.#providers.get(createCacheKey(tenantId, key));
  }
}

/** By all three: a key can be decrypted for its tenant and its provider only, and no other may find its provider. */
function createCacheKey(tenantId: string, { provider, encryptedKey }: EncryptedProviderKey): string {
  return JSON.stringify([tenantId, provider, encryptedKey]);
}

/** Tells the account from that of another tenant with the same API key: what fails for one cools down for it alone. */
function limitToTenant(provider: Provider, tenantId: string): Provider {
  return { ...provider, hashAccount: (hash) => hash(JSON.stringify([tenantId, provider.hashAccount?.(hash)])) };
}
