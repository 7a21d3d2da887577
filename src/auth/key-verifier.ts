import type { Caller } from '../core/caller.ts';
import { hashKey } from './hash-key.ts';

interface KeyVerifierOptions {
  /** Looks a key up by its hash. */
  readonly findCaller: (keyHash: string) => Promise<Caller | undefined>;
  readonly now: () => number;
}

interface Remembered {
  caller: Caller | undefined;
  foundAtMs: number;
  renewingSinceMs: number | undefined;
}

/** A key that was revoked or suspended works nowhere after this. */
const knownForMs = 5_000;
/** From here on the next use renews what is remembered in the background, so that a busy key never waits. */
const renewAfterMs = 2_000;
const unknownForMs = 1_000;
const longestKey = 512;
/** Bounds what a flood of invented keys can take of an isolate's memory. */
const mostRemembered = 10_000;

/** Verifies API keys, remembering each answer for a moment in this isolate. */
export class KeyVerifier {
  readonly #options: KeyVerifierOptions;
  readonly #remembered = new Map<string, Remembered>();

  constructor(options: KeyVerifierOptions) {
    this.#options = options;
  }

  /**
   * Whom the key stands for; undefined for an unknown key. Rejects where the key has to be looked up and cannot be.
   * `waitUntil` keeps the background renewal alive after the reply.
   */
  async verify(key: string, waitUntil: (work: Promise<unknown>) => void): Promise<Caller | undefined> {
    if (key.length > longestKey) return undefined;
    const keyHash = await hashKey(key);
    const found = this.#remembered.get(keyHash);
    const ageMs = found ? this.#options.now() - found.foundAtMs : Number.POSITIVE_INFINITY;
    if (!found || ageMs >= (found.caller ? knownForMs : unknownForMs)) return await this.#find(keyHash);
    if (found.caller && ageMs >= renewAfterMs) this.#renew(keyHash, found, waitUntil);
    return found.caller;
  }

  #renew(keyHash: string, found: Remembered, waitUntil: (work: Promise<unknown>) => void): void {
    const now = this.#options.now();
    if (found.renewingSinceMs !== undefined && now - found.renewingSinceMs < knownForMs) return;
    found.renewingSinceMs = now;
    // A renewal that fails leaves the answer to run out: the next look-up then reports the failure.
    waitUntil(this.#find(keyHash).catch(() => undefined));
  }

  async #find(keyHash: string): Promise<Caller | undefined> {
    // The answer is as old as the question: counted from here, a slow look-up cannot stretch a revoked key's life.
    const foundAtMs = this.#options.now();
    const caller = await this.#options.findCaller(keyHash);
    this.#remembered.delete(keyHash);
    if (this.#remembered.size >= mostRemembered) this.#forgetOldest();
    this.#remembered.set(keyHash, { caller, foundAtMs, renewingSinceMs: undefined });
    return caller;
  }

  #forgetOldest(): void {
    for (const keyHash of this.#remembered.keys()) {
      this.#remembered.delete(keyHash);
      return;
    }
  }
}
