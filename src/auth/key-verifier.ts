import type { Principal } from '../domain/principal.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { pollUntil } from '../lib/poll-until.ts';
import { hashKey } from './hash-key.ts';

interface KeyVerifierOptions {
  /** Looks a key up by its hash. */
  readonly findCaller: (keyHash: string) => Promise<Principal | undefined>;
  /** Whether a text can be a key at all: what cannot is not looked up. */
  readonly canBeKey: (text: string) => boolean;
  /** Told of each use of a key that is good. */
  readonly noteUse: (keyId: string, waitUntil: (work: Promise<unknown>) => void) => void;
  readonly now: () => number;
}

interface Remembered {
  readonly principal: Principal | undefined;
  readonly foundAtMs: number;
  /** From here on the next use renews this in the background, so that a busy key never waits. Infinity while one does. */
  renewAtMs: number;
}

/** A key that was revoked or suspended works nowhere after this. */
const knownForMs = 5_000;
const renewAfterMs = 2_000;
const renewAgainAfterMs = 500;
const unknownForMs = 1_000;
const maxKeyLength = 512;
/** How long a request waits for another's look-up before it makes its own. */
const waitForOtherMs = 2_000;
/** Bounds what a flood of invented keys can take of an isolate's memory. */
const maxRemembered = 10_000;

/** Verifies API keys, remembering each answer for a moment in this isolate. */
export class KeyVerifier {
  readonly #options: KeyVerifierOptions;
  /** By the key as it was sent: to hash it for each use takes longer than all the rest. */
  readonly #remembered = new BoundedMap<string, Remembered>({ maxSize: maxRemembered, evicts: 'least-recently-set' });
  /** The keys that are being looked up. */
  readonly #finding = new Set<string>();

  constructor(options: KeyVerifierOptions) {
    this.#options = options;
  }

  /**
   * Whom the key stands for; undefined for an unknown key. Rejects where the key has to be looked up and cannot be.
   * `waitUntil` keeps the background renewal alive after the reply.
   */
  async verify(key: string, waitUntil: (work: Promise<unknown>) => void): Promise<Principal | undefined> {
    if (key.length > maxKeyLength || !this.#options.canBeKey(key)) return undefined;
    const principal = this.#unlessExpired(await this.#lookUp(key, waitUntil));
    if (principal) this.#options.noteUse(principal.keyId, waitUntil);
    return principal;
  }

  async #lookUp(key: string, waitUntil: (work: Promise<unknown>) => void): Promise<Principal | undefined> {
    // A key that is new here and busy at once is asked for once.
    if (!this.#fresh(key) && this.#finding.has(key)) await pollUntil(() => !this.#finding.has(key), waitForOtherMs);
    const found = this.#fresh(key);
    if (!found) {
      const finding = this.#find(key);
      // It goes on though the client leaves, for those who wait.
      waitUntil(finding.catch(() => undefined));
      return await finding;
    }
    if (found.principal && this.#options.now() >= found.renewAtMs) this.#renew(key, found, waitUntil);
    return found.principal;
  }

  #fresh(key: string): Remembered | undefined {
    const found = this.#remembered.get(key);
    const ageMs = this.#options.now() - (found?.foundAtMs ?? 0);
    return found && ageMs < (found.principal ? knownForMs : unknownForMs) ? found : undefined;
  }

  /** Remembered or not, a key ends at the moment that was said. */
  #unlessExpired(principal: Principal | undefined): Principal | undefined {
    return principal?.expiresAt && principal.expiresAt.getTime() <= this.#options.now() ? undefined : principal;
  }

  #renew(key: string, found: Remembered, waitUntil: (work: Promise<unknown>) => void): void {
    found.renewAtMs = Number.POSITIVE_INFINITY;
    // A renewal that hangs leaves the answer to run out: the next look-up then reports what is wrong.
    const renewal = this.#find(key).catch(() => {
      found.renewAtMs = this.#options.now() + renewAgainAfterMs;
    });
    waitUntil(renewal);
  }

  async #find(key: string): Promise<Principal | undefined> {
    this.#finding.add(key);
    try {
      return await this.#findAnew(key);
    } finally {
      this.#finding.delete(key);
    }
  }

  async #findAnew(key: string): Promise<Principal | undefined> {
    // The answer is as old as the question: counted from here, a slow look-up cannot stretch a revoked key's life.
    const foundAtMs = this.#options.now();
    const principal = await this.#options.findCaller(await hashKey(key));
    const other = this.#remembered.get(key);
    if (other && other.foundAtMs > foundAtMs) return other.principal;
    this.#remembered.set(key, { principal, foundAtMs, renewAtMs: foundAtMs + renewAfterMs });
    return principal;
  }
}
