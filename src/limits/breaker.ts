/** Thrown in place of a call that is not made, for the ones before it have failed. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';
}

const failuresToOpen = 5;
const openMs = 5_000;

/**
 * Stops calling what does not answer: after five failures in a row nothing is called for five seconds, then one call at a
 * time, until one succeeds.
 */
export class Breaker {
  readonly #now: () => number;
  #failures = 0;
  #closedAgainAtMs = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get open(): boolean {
    return this.#failures >= failuresToOpen && this.#now() < this.#closedAgainAtMs;
  }

  /** Whether the last call has succeeded. */
  get healthy(): boolean {
    return this.#failures === 0;
  }

  /** The outcome of `work`; rejects with a BreakerOpenError where it is not begun. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.open) throw new BreakerOpenError('not called: the calls before have failed');
    // While one call tries whether it works again, the others are still turned away.
    if (this.#failures >= failuresToOpen) this.#closedAgainAtMs = this.#now() + openMs;
    try {
      const result = await work();
      this.#failures = 0;
      return result;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures >= failuresToOpen) this.#closedAgainAtMs = this.#now() + openMs;
      throw error;
    }
  }
}
