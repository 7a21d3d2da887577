import { BoundedMap } from '../lib/bounded-map.ts';
import type { ModelData, PeriodData, PriceData, VendorData } from './price-data.ts';
import { matchesModel, modelSpellings } from './price-match.ts';
import type { ModelPrices, PricedProvider, PriceSource } from './price-source.ts';
import { readRates } from './rate.ts';

/** What is remembered of a model. */
interface Entry {
  readonly periods: readonly Period[];
  readonly contextWindow: number | undefined;
}

interface Period {
  readonly fromMs: number;
  readonly daily: { readonly start: number; readonly end: number } | undefined;
  readonly prices: ModelPrices;
}

/** Clients choose the names of models, so their number has no limit. */
const maxCachedModels = 2000;
/** What names begin with, and no name: `gpt-5-nano-`, `claude-sonnet-4@`, `claude-sonnet-4-2025`. */
const partOfName = /[-@.:]$|-20\d\d$/;
/** Longer names are no model's, and are not worth searching or keeping. */
const maxModelNameLength = 200;

/**
 * Finds a model's prices. What a search has found (or not found) is remembered, and a price becomes a number only when its
 * model is first met, so that a list of a thousand models costs nothing at the start.
 */
export class PriceList implements PriceSource {
  readonly version: string;
  readonly #vendors: PriceData['vendors'];
  readonly #vendorByName = new Map<string, VendorData>();
  readonly #entries = new BoundedMap<string, Entry>({
    maxSize: maxCachedModels,
    evicts: 'least-recently-set',
  });

  constructor(data: PriceData) {
    this.version = data.version;
    this.#vendors = data.vendors;
    for (const vendor of Object.values(data.vendors)) {
      for (const name of vendor.names) this.#vendorByName.set(name, vendor);
    }
  }

  /** The prices of a vendor's model at a time, or undefined where the list does not know both, or has no price per token. */
  find(vendorName: string, model: string, at: Date): ModelPrices | undefined {
    const periods = this.#find(vendorName, model)?.periods;
    return (periods?.findLast((period) => holdsAt(period, at)) ?? periods?.[0])?.prices;
  }

  findContextWindow({ pricingVendor }: PricedProvider, model: string): number | undefined {
    return pricingVendor === null ? undefined : this.#find(pricingVendor, model)?.contextWindow;
  }

  findFirst({ pricingVendor }: PricedProvider, models: readonly string[], at: Date): ModelPrices | undefined {
    if (pricingVendor === null) return undefined;
    for (const model of models) {
      const prices = this.find(pricingVendor, model, at);
      if (prices) return prices;
    }
    return undefined;
  }

  /** The models of a vendor that the list spells out; others it may know by a part of their name. */
  names({ pricingVendor }: PricedProvider): string[] {
    const models = this.#vendorByName.get(pricingVendor?.toLowerCase() ?? '')?.models ?? [];
    const spelt = models.flatMap(({ match }) => [...(match.equals ?? []), ...(match.startsWith ?? [])]);
    return [...new Set(spelt)].filter((name) => !partOfName.test(name));
  }

  #find(vendorName: string, model: string): Entry | undefined {
    const vendor = this.#vendorByName.get(vendorName.toLowerCase());
    if (vendor === undefined || model.length > maxModelNameLength) return undefined;
    const key = `${vendor.names[0]} ${model}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const { prices = [], contextWindow } = this.#search(vendor, model) ?? {};
      entry = { periods: prices.map((period) => readPeriod(period, this.version)), contextWindow };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #search(vendor: VendorData, model: string): ModelData | undefined {
    const vendors = [vendor, ...vendor.fallbacks.flatMap((id) => this.#vendors[id] ?? [])];
    for (const name of modelSpellings(model)) {
      for (const { models } of vendors) {
        const entry = models.find(({ match }) => matchesModel(match, name));
        if (entry !== undefined) return entry;
      }
    }
    return undefined;
  }
}

function readPeriod({ from, daily, ...prices }: PeriodData, version: string): Period {
  return {
    fromMs: from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from),
    daily,
    prices: { ...readRates(prices), version },
  };
}

function holdsAt({ fromMs, daily }: Period, at: Date): boolean {
  const timeMs = at.getTime();
  if (timeMs < fromMs) return false;
  if (daily === undefined) return true;
  const second = (timeMs / 1000) % 86_400;
  const { start, end } = daily;
  return start <= end ? second >= start && second < end : second >= start || second < end;
}
