import { errorName, type Logger } from './logger.ts';
import { pollUntil } from './poll-until.ts';
import { withLagTolerantTimeout } from './with-lag-tolerant-timeout.ts';

interface RefreshingCacheOptions<T> {
  readonly initial: T;
  readonly load: () => Promise<T>;
  /** Logged where `load` fails. */
  readonly failureMessage: string;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Keeps work alive behind the reply of a request. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** A request after this reloads the value, and does not wait for it. */
const freshForMs = 15_000;
/** A request after this waits for the reload: every isolate applies a change by then, an idle one too. */
const maxAgeMs = 20_000;
const retryAfterMs = 1_000;
/** How long requests wait for a reload. After that they go on with the cached value. */
const maxWaitMs = 1_000;

/** A reload that has begun. */
interface Reload {
  /** Whether it has ended, or has kept a request waiting for as long as one waits. No other request waits for it then. */
  isOver: boolean;
}

/**
 * A value of the database that each isolate caches. It is reloaded behind a request that comes after 15 seconds. Only the
 * first request of an isolate, and one that comes after 20 seconds without any other, waits for the reload; where that
 * fails, the cached value stays.
 */
export class RefreshingCache<T> {
  readonly #options: RefreshingCacheOptions<T>;
  #value: T;
  #renewAtMs = Number.NEGATIVE_INFINITY;
  /** When the reload began that brought the cached value. */
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #reload: Reload | undefined;
  #loads = 0;
  #newestLoad = 0;

  constructor(options: RefreshingCacheOptions<T>) {
    this.#options = options;
    this.#value = options.initial;
  }

  get value(): T {
    return this.#value;
  }

  /**
   * To be called before the value is used. Returns undefined where there is nothing to wait for; else it resolves when the
   * value has been reloaded, or after a second, and never rejects. `waitUntil` keeps a reload alive behind the reply.
   */
  ready(waitUntil: WaitUntil): Promise<void> | undefined {
    const nowMs = this.#options.now();
    const isOutdated = nowMs >= this.#loadedAtMs + maxAgeMs;
    if (nowMs >= this.#renewAtMs) {
      const loading = this.reload();
      waitUntil(loading);
      return isOutdated && this.#reload ? waitForOwn(this.#reload, loading) : undefined;
    }
    return isOutdated && this.#reload?.isOver === false ? waitForOther(this.#reload) : undefined;
  }

  /** Reloads the value. Never rejects. */
  async reload(): Promise<void> {
    const { load, failureMessage, logger, now } = this.#options;
    this.#loads += 1;
    const turn = this.#loads;
    const startedAtMs = now();
    const current: Reload = { isOver: false };
    this.#reload = current;
    this.#renewAtMs = startedAtMs + freshForMs;
    try {
      const value = await load();
      // A look-up that was slow must not take back what a later one has found.
      if (turn < this.#newestLoad) return;
      this.#value = value;
      this.#newestLoad = turn;
      this.#loadedAtMs = startedAtMs;
    } catch (error) {
      this.#renewAtMs = now() + retryAfterMs;
      logger.warn(failureMessage, { cause: errorName(error) });
    } finally {
      current.isOver = true;
    }
  }
}

/** Waits for a reload that the same request has begun. One that is late is still taken when it comes. */
async function waitForOwn(reload: Reload, loading: Promise<void>): Promise<void> {
  await withLagTolerantTimeout({ timeoutMs: maxWaitMs }, loading).catch(() => undefined);
  reload.isOver = true;
}

/** Waits for a reload that another request has begun, and that may have ended with it. */
async function waitForOther(reload: Reload): Promise<void> {
  await pollUntil(() => reload.isOver, maxWaitMs);
  reload.isOver = true;
}
