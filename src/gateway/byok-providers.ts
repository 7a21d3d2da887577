import type { EncryptedProviderKey } from '../domain/principal.ts';
import type { Provider } from '../providers/provider.ts';

interface TenantProvidersOptions {
  /** Opens a sealed key. Throws `unavailable` where it cannot be read. */
  readonly open: (sealed: string, owner: { tenantId: string; provider: string }) => Promise<string>;
}

/** Bounds what the clients of many tenants' keys take of an isolate's memory. */
const maxCached = 500;

/** Providers that work with a tenant's own key, each made once for an isolate. */
export class ByokProviders {
  readonly #options: TenantProvidersOptions;
  readonly #kept = new Map<string, Provider>();

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
    const name = JSON.stringify([tenantId, provider, sealed]);
    const found = this.#kept.get(name) ?? withKey(await this.#options.open(sealed, { tenantId, provider }));
    this.#kept.delete(name);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < maxCached) break;
      this.#kept.delete(oldest);
    }
    this.#kept.set(name, found);
    return found;
  }
}
