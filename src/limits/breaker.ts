/** Thrown instead of making a call while the breaker is open. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';
}

const maxFailures = 5;
const openMs = 5_000;

/**
 * A circuit breaker. Five failures in a row open it for five seconds. From then on one call every five seconds is tried, until
 * one succeeds and closes the breaker. `RedisCounters` and `ContinuationStore` have one instance each in every isolate.
 */
export class Breaker {
  readonly #now: () => number;
  #failures = 0;
  #openUntilMs = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether calls are rejected now. */
  get isOpen(): boolean {
    return this.#failures >= maxFailures && this.#now() < this.#openUntilMs;
  }

  /** Whether the last call succeeded, or none was made. */
  get isHealthy(): boolean {
    return this.#failures === 0;
  }

  /** Runs `work` and returns its outcome. Rejects with a BreakerOpenError, without calling `work`, while the breaker is open. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isOpen) throw new BreakerOpenError('not called: the calls before have failed');
    // While one call tries whether the dependency has recovered, the others are still rejected.
    if (this.#failures >= maxFailures) this.#openUntilMs = this.#now() + openMs;
    try {
      const result = await work();
      this.#failures = 0;
      return result;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures >= maxFailures) this.#openUntilMs = this.#now() + openMs;
      throw error;
    }
  }
}
