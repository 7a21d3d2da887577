import type { PriceOverride } from '../domain/price-override.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import { pollUntil } from '../lib/poll-until.ts';
import { withLagTolerantTimeout } from '../lib/with-lag-tolerant-timeout.ts';
import type { ModelPrices, PricedProvider, PriceSource } from './price-source.ts';
import { readRates } from './rate.ts';

interface PriceBookOptions {
  readonly list: PriceSource;
  /** Reads the prices that were set, as far back as a call may have begun, the oldest first. */
  readonly load: () => Promise<readonly PriceOverride[]>;
  readonly logger: Logger;
  readonly now: () => number;
}

type WaitUntil = (work: Promise<unknown>) => void;

/** The prices of a model from a time on; undefined: those of the list. */
interface OverridePeriod {
  readonly model: string;
  readonly fromMs: number;
  readonly prices: ModelPrices | undefined;
}

/** A request after this reloads the prices, and does not wait for it. */
const freshForMs = 15_000;
/** A request after this waits for the reload: every isolate applies a price by then, an idle one too. */
const maxAgeMs = 20_000;
const retryAfterMs = 1_000;
/** How long requests wait for a reload. After that they go on with the cached prices. */
const maxWaitMs = 1_000;

/** A reload that has begun. */
interface Reload {
  /** Whether it has ended, or has kept a request waiting for as long as one waits. No other request waits for it then. */
  isOver: boolean;
}

/**
 * The prices that were set, and behind them those of the list. It caches the set ones and reloads them behind a request that
 * comes after 15 seconds. Only the first request of an isolate, and one that comes after 20 seconds without any other, waits
 * for the reload; where that fails, the cached prices stay.
 */
export class PriceBook implements PriceSource {
  readonly #options: PriceBookOptions;
  #overrides: ReadonlyMap<string, readonly OverridePeriod[]> = new Map();
  #renewAtMs = Number.NEGATIVE_INFINITY;
  /** When the reload began that brought the cached prices. */
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #reload: Reload | undefined;
  #loads = 0;
  #newestLoad = 0;

  constructor(options: PriceBookOptions) {
    this.#options = options;
  }

  /**
   * To be called before prices are asked for. Returns undefined where there is nothing to wait for; else it resolves when
   * the prices have been reloaded, or after a second, and never rejects. `waitUntil` keeps a reload alive behind the reply.
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

  /** Reloads the prices that were set. Never rejects. */
  async reload(): Promise<void> {
    const { load, logger, now } = this.#options;
    this.#loads += 1;
    const turn = this.#loads;
    const startedAtMs = now();
    const current: Reload = { isOver: false };
    this.#reload = current;
    this.#renewAtMs = startedAtMs + freshForMs;
    try {
      const overrides = await load();
      // A look-up that was slow must not take back what a later one has found.
      if (turn < this.#newestLoad) return;
      this.#overrides = groupByModel(overrides);
      this.#newestLoad = turn;
      this.#loadedAtMs = startedAtMs;
    } catch (error) {
      this.#renewAtMs = now() + retryAfterMs;
      logger.warn('the prices that were set could not be read', { cause: errorName(error) });
    } finally {
      current.isOver = true;
    }
  }

  /** A price that was set, for either of the models, goes before any of the list. */
  findFirst(provider: PricedProvider, models: readonly string[], at: Date): ModelPrices | undefined {
    if (this.#overrides.size > 0) {
      for (const model of models) {
        const periods = this.#overrides.get(keyOf(provider.id, model));
        const period = periods?.findLast(({ fromMs }) => fromMs <= at.getTime());
        if (period?.prices) return period.prices;
      }
    }
    return this.#options.list.findFirst(provider, models, at);
  }

  findContextWindow(provider: PricedProvider, model: string): number | undefined {
    return this.#options.list.findContextWindow(provider, model);
  }

  names(provider: PricedProvider): string[] {
    const overridden = [...this.#overrides].flatMap(([key, periods]) => {
      const newest = periods.at(-1);
      return newest?.prices && key === keyOf(provider.id, newest.model) ? [newest.model] : [];
    });
    return [...new Set([...this.#options.list.names(provider), ...overridden])];
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

function groupByModel(overrides: readonly PriceOverride[]): ReadonlyMap<string, readonly OverridePeriod[]> {
  const periods = overrides.map(({ id, provider, model, prices, createdAt }) => ({
    key: keyOf(provider, model),
    model,
    fromMs: createdAt.getTime(),
    prices: prices === null ? undefined : { ...readRates(prices), version: id },
  }));
  return Map.groupBy(periods, ({ key }) => key);
}

function keyOf(providerId: string, model: string): string {
  return `${providerId} ${model.trim()}`.toLowerCase();
}
