/** Quota that was acquired in one second. */
interface QuotaChunk {
  /** The second in which the quota was acquired, on the clock of Redis. */
  readonly second: number;
  /** When the remaining quota may no longer be consumed, on the clock of this isolate. */
  readonly expiresAtMs: number;
  remaining: number;
}

/** Quota that a request has consumed from one chunk. */
export interface RatePart {
  readonly second: number;
  readonly expiresAtMs: number;
  readonly amount: number;
}

/** Quota of one rate limit that this isolate has leased and may consume without a round trip to Redis. */
export class RateLease {
  #chunks: QuotaChunk[] = [];
  readonly #onAdd: () => void;

  constructor(onAdd: () => void = () => undefined) {
    this.#onAdd = onAdd;
  }

  /** Returns the amount that can be consumed now. */
  remaining(nowMs: number): number {
    return this.#chunks.reduce((sum, { remaining, expiresAtMs }) => sum + (expiresAtMs > nowMs ? remaining : 0), 0);
  }

  /** Whether quota is left that was neither consumed nor returned to Redis, expired quota included. */
  get hasUnspent(): boolean {
    return this.#chunks.some(({ remaining }) => remaining > 0);
  }

  /** Consumes up to `amount`, from the quota that was added first. Returns the parts, which may come to less. */
  consume(amount: number, nowMs: number): RatePart[] {
    const parts: RatePart[] = [];
    let missing = amount;
    for (const chunk of this.#chunks) {
      if (missing <= 0) break;
      if (chunk.expiresAtMs <= nowMs || chunk.remaining <= 0) continue;
      const consumed = Math.min(chunk.remaining, missing);
      chunk.remaining -= consumed;
      missing -= consumed;
      parts.push({ second: chunk.second, expiresAtMs: chunk.expiresAtMs, amount: consumed });
    }
    return parts;
  }

  /** Adds quota that was acquired in a second, or that a request returns to it. */
  add(second: number, amount: number, expiresAtMs: number): void {
    if (amount <= 0) return;
    this.#onAdd();
    const chunk = this.#chunks.find((one) => one.second === second && one.expiresAtMs === expiresAtMs);
    if (chunk) chunk.remaining += amount;
    else this.#chunks.push({ second, expiresAtMs, remaining: amount });
  }

  /** Removes expired and empty chunks. Returns the quota that was left in them, which has to be returned to Redis. */
  removeExpired(nowMs: number): { second: number; amount: number }[] {
    const expired = this.#chunks.filter(({ expiresAtMs, remaining }) => expiresAtMs <= nowMs || remaining <= 0);
    this.#chunks = this.#chunks.filter(({ expiresAtMs, remaining }) => expiresAtMs > nowMs && remaining > 0);
    return expired.flatMap(({ second, remaining }) => (remaining > 0 ? [{ second, amount: remaining }] : []));
  }
}
