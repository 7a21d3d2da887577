import type { PriceOverride } from '../domain/price-override.ts';
import type { Logger } from '../lib/logger.ts';
import { RefreshingCache, type WaitUntil } from '../lib/refreshing-cache.ts';
import type { ModelPrices, PricedProvider, PriceSource } from './price-source.ts';
import { readRates } from './rate.ts';

interface PriceBookOptions {
  readonly list: PriceSource;
  /** Reads the prices that were set, as far back as a call may have begun, the oldest first. */
  readonly load: () => Promise<readonly PriceOverride[]>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** The prices of a model from a time on; undefined: those of the list. */
interface OverridePeriod {
  readonly model: string;
  readonly fromMs: number;
  readonly prices: ModelPrices | undefined;
}

type PeriodsByModel = ReadonlyMap<string, readonly OverridePeriod[]>;

/**
 * The prices that were set, and behind them those of the list. Each isolate caches the set ones and reloads them as
 * `RefreshingCache` says.
 */
export class PriceBook implements PriceSource {
  readonly #list: PriceSource;
  readonly #cache: RefreshingCache<PeriodsByModel>;

  constructor({ list, load, logger, now }: PriceBookOptions) {
    this.#list = list;
    this.#cache = new RefreshingCache<PeriodsByModel>({
      initial: new Map(),
      load: async () => groupByModel(await load()),
      failureMessage: 'the prices that were set could not be read',
      logger,
      now,
    });
  }

  /** To be called before prices are asked for: see `RefreshingCache.ready`. */
  ready(waitUntil: WaitUntil): Promise<void> | undefined {
    return this.#cache.ready(waitUntil);
  }

  /** Reloads the prices that were set. Never rejects. */
  async reload(): Promise<void> {
    await this.#cache.reload();
  }

  /** A price that was set, for either of the models, goes before any of the list. */
  findFirst(provider: PricedProvider, models: readonly string[], at: Date): ModelPrices | undefined {
    const overrides = this.#cache.value;
    if (overrides.size > 0) {
      for (const model of models) {
        const periods = overrides.get(keyOf(provider.id, model));
        const period = periods?.findLast(({ fromMs }) => fromMs <= at.getTime());
        if (period?.prices) return period.prices;
      }
    }
    return this.#list.findFirst(provider, models, at);
  }

  findContextWindow(provider: PricedProvider, model: string): number | undefined {
    return this.#list.findContextWindow(provider, model);
  }

  names(provider: PricedProvider): string[] {
    const overridden = [...this.#cache.value].flatMap(([key, periods]) => {
      const newest = periods.at(-1);
      return newest?.prices && key === keyOf(provider.id, newest.model) ? [newest.model] : [];
    });
    return [...new Set([...this.#list.names(provider), ...overridden])];
  }
}

function groupByModel(overrides: readonly PriceOverride[]): PeriodsByModel {
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
