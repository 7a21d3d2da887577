import type { RequestPrincipal } from '../domain/principal.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import type { Provider } from '../providers/provider.ts';
import type { RegistryEntry } from '../providers/registry.ts';
import type { ByokProviders } from './byok-providers.ts';

interface ModelListsOptions {
  readonly byokProviders: ByokProviders;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The list of one account at one vendor. */
interface CachedList {
  /** Absent where none has come yet. */
  readonly models: readonly string[] | undefined;
  readonly renewAtMs: number;
}

/** Bounds the memory that lists use in an isolate: each has at most 300 names. */
const maxLists = 100;
const freshForMs = 3_600_000;
/** A vendor that fails, or whose request ends with the one that began it, is asked again after this. */
const retryAfterMs = 60_000;
const timeoutMs = 10_000;

/**
 * The models that vendors list, cached in this isolate. No request waits for a vendor: it gets the cached list, and renews one that
 * is outdated behind its reply. A list by a tenant's own key is that tenant's alone.
 */
export class ModelLists {
  readonly #options: ModelListsOptions;
  readonly #lists = new BoundedMap<string, CachedList>({ maxSize: maxLists, evicts: 'least-recently-used' });

  constructor(options: ModelListsOptions) {
    this.#options = options;
  }

  /** Returns the cached list of a vendor's models; undefined where it has not come yet. */
  read(
    entry: RegistryEntry,
    { tenantId, providerKeys }: Pick<RequestPrincipal, 'tenantId' | 'providerKeys'>,
    waitUntil: (work: Promise<unknown>) => void,
  ): readonly string[] | undefined {
    const { withKey } = entry;
    const byokKey = withKey && providerKeys.find(({ provider }) => provider === entry.id);
    const key = JSON.stringify(byokKey ? [entry.id, tenantId, byokKey.encryptedKey] : [entry.id]);
    const cached = this.#lists.get(key);
    const nowMs = this.#options.now();
    if (cached && nowMs < cached.renewAtMs) return cached.models;
    this.#lists.set(key, { models: cached?.models, renewAtMs: nowMs + retryAfterMs });
    const open = async () =>
      byokKey ? await this.#options.byokProviders.find(tenantId, byokKey, withKey) : entry.provider;
    waitUntil(this.#renew(key, open));
    return cached?.models;
  }

  /** Never rejects: a vendor that fails keeps its old list. */
  async #renew(key: string, open: () => Promise<Provider | undefined>): Promise<void> {
    try {
      const provider = await open();
      const models = await provider?.listModels?.(AbortSignal.timeout(timeoutMs));
      if (models) this.#lists.set(key, { models, renewAtMs: this.#options.now() + freshForMs });
    } catch {
      // Its next time is set already.
    }
  }
}
