/** Quota that was drawn together. */
interface Chunk {
  /** The second that it was drawn in, on Redis's clock. */
  readonly second: number;
  /** When what is left may not be spent any more, on this isolate's clock. */
  readonly expiresAtMs: number;
  remaining: number;
}

/** A part of a chunk that a call has taken. */
export interface RatePart {
  readonly second: number;
  readonly expiresAtMs: number;
  readonly amount: number;
}

/** Quota of one rate that this isolate has drawn and may spend by itself. */
export class RateLease {
  #chunks: Chunk[] = [];

  /** How much could be taken. */
  remaining(nowMs: number): number {
    return this.#chunks.reduce((sum, { remaining, expiresAtMs }) => sum + (expiresAtMs > nowMs ? remaining : 0), 0);
  }

  /** Whether something has not been spent or handed back. */
  get hasUnspent(): boolean {
    return this.#chunks.some(({ remaining }) => remaining > 0);
  }

  /** Takes up to `amount`, the oldest quota first. */
  take(amount: number, nowMs: number): RatePart[] {
    const parts: RatePart[] = [];
    let missing = amount;
    for (const chunk of this.#chunks) {
      if (missing <= 0) break;
      if (chunk.expiresAtMs <= nowMs || chunk.remaining <= 0) continue;
      const taken = Math.min(chunk.remaining, missing);
      chunk.remaining -= taken;
      missing -= taken;
      parts.push({ second: chunk.second, expiresAtMs: chunk.expiresAtMs, amount: taken });
    }
    return parts;
  }

  add(second: number, amount: number, expiresAtMs: number): void {
    if (amount <= 0) return;
    const chunk = this.#chunks.find((one) => one.second === second && one.expiresAtMs === expiresAtMs);
    if (chunk) chunk.remaining += amount;
    else this.#chunks.push({ second, expiresAtMs, remaining: amount });
  }

  /** Ends what has run out. Gives what was left of it, to be handed back to Redis. */
  expire(nowMs: number): { second: number; amount: number }[] {
    const ended = this.#chunks.filter(({ expiresAtMs, remaining }) => expiresAtMs <= nowMs || remaining <= 0);
    this.#chunks = this.#chunks.filter(({ expiresAtMs, remaining }) => expiresAtMs > nowMs && remaining > 0);
    return ended.flatMap(({ second, remaining }) => (remaining > 0 ? [{ second, amount: remaining }] : []));
  }
}
