import type { EncryptedProviderKey } from '../domain/principal.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import type { Provider } from '../providers/provider.ts';

interface TenantProvidersOptions {
  /** Opens a sealed key. Throws `unavailable` where it cannot be read. */
  readonly open: (sealed: string, owner: { tenantId: string; provider: string }) => Promise<string>;
}

/** Bounds the memory that the clients of tenants' keys use in an isolate. */
const maxProviders = 500;

/** Providers that work with a tenant's own key, each made once for an isolate. */
export class ByokProviders {
  readonly #options: TenantProvidersOptions;
  readonly #providers = new BoundedMap<string, Provider>({ maxSize: maxProviders, evicts: 'least-recently-used' });

  constructor(options: TenantProvidersOptions) {
    this.#options = options;
  }

  /** The provider that `withKey` makes of the tenant's key: the one made before, for as long as the key stays. */
  async find(
    tenantId: string,
    { provider, sealed }: EncryptedProviderKey,
    withKey: (apiKey: string) => Provider,
  ): Promise<Provider> {
    // By all three: what is sealed opens for its tenant and its provider only, and must not be found by another.
    const cacheKey = JSON.stringify([tenantId, provider, sealed]);
    const cached = this.#providers.get(cacheKey);
    if (cached) return cached;
    const created = withKey(await this.#options.open(sealed, { tenantId, provider }));
    this.#providers.set(cacheKey, created);
    return created;
  }
}
