import type { Principal } from '../domain/principal.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { pollUntil } from '../lib/poll-until.ts';
import { hashKey } from './hash-key.ts';

interface KeyVerifierOptions {
  /** Finds the principal of a key by the key's hash. */
  readonly findPrincipal: (keyHash: string) => Promise<Principal | undefined>;
  /** Returns whether a text can be a key at all. A text that cannot is not looked up. */
  readonly canBeKey: (text: string) => boolean;
  /** Records each use of a valid key. */
  readonly recordUse: (keyId: string, waitUntil: (work: Promise<unknown>) => void) => void;
  readonly now: () => number;
}

interface CacheEntry {
  /** Undefined for an unknown key. */
  readonly principal: Principal | undefined;
  readonly lookedUpAtMs: number;
  /**
   * From this time on the next use refreshes the entry in the background, so that a busy key never waits. Infinity while a
   * refresh is in progress.
   */
  refreshAtMs: number;
}

/** A revoked key or a suspended tenant is rejected everywhere after this time. */
const principalTtlMs = 5_000;
const refreshAfterMs = 2_000;
const refreshRetryMs = 500;
const unknownKeyTtlMs = 1_000;
const maxKeyLength = 512;
/** How long a request waits for the lookup of another request before it makes its own. */
const maxLookupWaitMs = 2_000;
/** A request that has waited longer for a lookup that then failed makes none of its own: the database does not answer. */
const maxWaitBeforeRetryMs = 200;
/** A long response ends within five seconds of a revocation: half a second more is for the lookup and the next check. */
const maxRecheckAgeMs = 4_000;
/** Bounds the memory that a flood of invented keys can use in an isolate. */
const maxCachedKeys = 10_000;

/** Verifies API keys and caches each result in this isolate for a few seconds. */
export class KeyVerifier {
  readonly #options: KeyVerifierOptions;
  /** By the key itself: hashing it on each use takes longer than everything else. */
  readonly #cache = new BoundedMap<string, CacheEntry>({ maxSize: maxCachedKeys, evicts: 'least-recently-set' });
  readonly #keysInLookup = new Set<string>();
  #lastFailureAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: KeyVerifierOptions) {
    this.#options = options;
  }

  /**
   * Returns the principal of a key, or undefined for an unknown or expired key. Rejects if the key has to be looked up and the
   * lookup fails. `waitUntil` keeps background lookups alive after the response.
   */
  async verify(key: string, waitUntil: (work: Promise<unknown>) => void): Promise<Principal | undefined> {
    if (key.length > maxKeyLength || !this.#options.canBeKey(key)) return undefined;
    const principal = this.#rejectExpired(await this.#getPrincipal(key, waitUntil));
    if (principal) this.#options.recordUse(principal.keyId, waitUntil);
    return principal;
  }

  /**
   * Verifies a key again for a response that goes on: looks it up if what is known is older than four seconds. All responses of
   * a key share a lookup. To be called often; it counts as no use of the key.
   */
  async reverify(key: string, waitUntil: (work: Promise<unknown>) => void): Promise<Principal | undefined> {
    const cached = this.#getFresh(key, maxRecheckAgeMs);
    return this.#rejectExpired(cached ? cached.principal : await this.#findPrincipal(key, waitUntil, maxRecheckAgeMs));
  }

  async #getPrincipal(key: string, waitUntil: (work: Promise<unknown>) => void): Promise<Principal | undefined> {
    const cached = this.#getFresh(key);
    if (!cached) return await this.#findPrincipal(key, waitUntil);
    if (cached.principal && this.#options.now() >= cached.refreshAtMs) this.#refresh(key, cached, waitUntil);
    return cached.principal;
  }

  async #findPrincipal(
    key: string,
    waitUntil: (work: Promise<unknown>) => void,
    maxAgeMs = principalTtlMs,
  ): Promise<Principal | undefined> {
    // Requests that arrive together with a new key share one lookup.
    if (this.#keysInLookup.has(key)) await this.#waitForLookup(key);
    const cached = this.#getFresh(key, maxAgeMs);
    if (cached) return cached.principal;
    const lookup = this.#lookUp(key);
    // The lookup continues after the client disconnects, because other requests wait for it.
    waitUntil(lookup.catch(() => undefined));
    return await lookup;
  }

  async #waitForLookup(key: string): Promise<void> {
    const { now } = this.#options;
    const startedAtMs = now();
    await pollUntil(() => !this.#keysInLookup.has(key), maxLookupWaitMs);
    const hasFailed = this.#lastFailureAtMs >= startedAtMs;
    if (hasFailed && now() - startedAtMs > maxWaitBeforeRetryMs)
      throw new Error('the lookup of another request failed');
  }

  #getFresh(key: string, maxAgeMs = principalTtlMs): CacheEntry | undefined {
    const cached = this.#cache.get(key);
    const ageMs = this.#options.now() - (cached?.lookedUpAtMs ?? 0);
    return cached && ageMs < (cached.principal ? maxAgeMs : unknownKeyTtlMs) ? cached : undefined;
  }

  /** Applies the expiry date of a key at its exact time, also to a cached principal. */
  #rejectExpired(principal: Principal | undefined): Principal | undefined {
    return principal?.expiresAt && principal.expiresAt.getTime() <= this.#options.now() ? undefined : principal;
  }

  #refresh(key: string, cached: CacheEntry, waitUntil: (work: Promise<unknown>) => void): void {
    cached.refreshAtMs = Number.POSITIVE_INFINITY;
    // If a refresh hangs, the entry runs out. The next lookup then reports the problem.
    const refresh = this.#lookUp(key).catch(() => {
      cached.refreshAtMs = this.#options.now() + refreshRetryMs;
    });
    waitUntil(refresh);
  }

  async #lookUp(key: string): Promise<Principal | undefined> {
    this.#keysInLookup.add(key);
    try {
      return await this.#updateCache(key);
    } catch (error) {
      this.#lastFailureAtMs = this.#options.now();
      throw error;
    } finally {
      this.#keysInLookup.delete(key);
    }
  }

  async #updateCache(key: string): Promise<Principal | undefined> {
    // The age counts from the start of the lookup: a slow one cannot extend the life of a revoked key.
    const lookedUpAtMs = this.#options.now();
    const principal = await this.#options.findPrincipal(await hashKey(key));
    const existing = this.#cache.get(key);
    if (existing && existing.lookedUpAtMs > lookedUpAtMs) return existing.principal;
    this.#cache.set(key, { principal, lookedUpAtMs, refreshAtMs: lookedUpAtMs + refreshAfterMs });
    return principal;
  }
}
