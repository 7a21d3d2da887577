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

/** A price that is set is known to every isolate after this, and the time of a look-up. */
const freshForMs = 15_000;
const retryAfterMs = 1_000;
/** What the very first look-up may cost a call. */
const firstLoadMs = 1_000;

/**
 * The prices that were set, and behind them those of the list. It caches the set ones for 15 seconds and then reloads them
 * behind a call, so that only the first call of an isolate waits; where that fails, the cached ones stay.
 */
export class PriceBook implements PriceSource {
  readonly #options: PriceBookOptions;
  #overrides: ReadonlyMap<string, readonly OverridePeriod[]> = new Map();
  #tried = false;
  #trying = false;
  #renewAtMs = Number.NEGATIVE_INFINITY;
  #loads = 0;
  #newestLoad = 0;

  constructor(options: PriceBookOptions) {
    this.#options = options;
  }

  /**
   * To be called before prices are asked for. Undefined where there is nothing to wait for; else the first look-up, which
   * never rejects and is waited for for a second. `waitUntil` keeps a look-up alive behind the reply.
   */
  ready(waitUntil: WaitUntil): Promise<void> | undefined {
    if (!this.#tried) return this.#loadFirst(waitUntil);
    if (this.#options.now() >= this.#renewAtMs) waitUntil(this.reload());
    return undefined;
  }

  /** Reloads the prices that were set. Never rejects. */
  async reload(): Promise<void> {
    const { load, logger, now } = this.#options;
    this.#loads += 1;
    const turn = this.#loads;
    this.#renewAtMs = now() + freshForMs;
    try {
      const overrides = await load();
      // A look-up that was slow must not take back what a later one has found.
      if (turn < this.#newestLoad) return;
      this.#overrides = groupByModel(overrides);
      this.#newestLoad = turn;
    } catch (error) {
      this.#renewAtMs = now() + retryAfterMs;
      logger.warn('the prices that were set could not be read', { cause: errorName(error) });
    } finally {
      this.#tried = true;
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

  names(provider: PricedProvider): string[] {
    const overridden = [...this.#overrides].flatMap(([key, periods]) => {
      const newest = periods.at(-1);
      return newest?.prices && key === keyOf(provider.id, newest.model) ? [newest.model] : [];
    });
    return [...new Set([...this.#options.list.names(provider), ...overridden])];
  }

  async #loadFirst(waitUntil: WaitUntil): Promise<void> {
    if (this.#trying) await pollUntil(() => this.#tried, firstLoadMs);
    else {
      this.#trying = true;
      const load = this.reload();
      waitUntil(load);
      // One that is late is still taken when it comes.
      await withLagTolerantTimeout({ timeoutMs: firstLoadMs }, load).catch(() => undefined);
    }
    this.#tried = true;
  }
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
