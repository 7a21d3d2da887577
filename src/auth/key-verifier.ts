import type { Caller } from '../core/caller.ts';
import { hashKey } from './hash-key.ts';

interface KeyVerifierOptions {
  /** Looks a key up by its hash. */
  readonly findCaller: (keyHash: string) => Promise<Caller | undefined>;
  readonly now: () => number;
}

interface Remembered {
  readonly caller: Caller | undefined;
  readonly foundAtMs: number;
  /** From here on the next use renews this in the background, so that a busy key never waits. Infinity while one does. */
  renewAtMs: number;
}

/** A key that was revoked or suspended works nowhere after this. */
const knownForMs = 5_000;
const renewAfterMs = 2_000;
const renewAgainAfterMs = 500;
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
    const now = this.#options.now();
    if (!found || now - found.foundAtMs >= (found.caller ? knownForMs : unknownForMs)) return await this.#find(keyHash);
    if (found.caller && now >= found.renewAtMs) this.#renew(keyHash, found, waitUntil);
    return found.caller;
  }

  #renew(keyHash: string, found: Remembered, waitUntil: (work: Promise<unknown>) => void): void {
    found.renewAtMs = Number.POSITIVE_INFINITY;
    // A renewal that hangs leaves the answer to run out: the next look-up then reports what is wrong.
    const renewal = this.#find(keyHash).catch(() => {
      found.renewAtMs = this.#options.now() + renewAgainAfterMs;
    });
    waitUntil(renewal);
  }

  async #find(keyHash: string): Promise<Caller | undefined> {
    // The answer is as old as the question: counted from here, a slow look-up cannot stretch a revoked key's life.
    const foundAtMs = this.#options.now();
    const caller = await this.#options.findCaller(keyHash);
    const other = this.#remembered.get(keyHash);
    if (other && other.foundAtMs > foundAtMs) return other.caller;
    this.#remembered.delete(keyHash);
    if (this.#remembered.size >= mostRemembered) this.#forgetOldest();
    this.#remembered.set(keyHash, { caller, foundAtMs, renewAtMs: foundAtMs + renewAfterMs });
    return caller;
  }

  #forgetOldest(): void {
    for (const keyHash of this.#remembered.keys()) {
      this.#remembered.delete(keyHash);
      return;
    }
  }
}
