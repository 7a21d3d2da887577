import type { TokenPrices } from './price-data.ts';
import type { Rate } from './rate.ts';

/** What a model's tokens cost, and where that stands. */
export interface ModelPrices extends TokenPrices<Rate> {
  /** The price version of the ledger's rows that are priced by it: that of the price list, or `prc_…`. */
  readonly version: string;
}

/** A provider, as far as prices are concerned. */
export interface PricedProvider {
  /** Prices that were set are the provider's: they hold under its id. */
  readonly id: string;
  /** Prices of the list are the vendor's: what the list calls it. Null: the provider's calls cost nothing. */
  readonly pricingVendor: string | null;
}

/** The price list, or what stands before it. */
export interface PriceSource {
  /** Returns the prices of the first of a provider's models that has any at a time; undefined where none is known. */
  readonly findFirst: (provider: PricedProvider, models: readonly string[], at: Date) => ModelPrices | undefined;
  /** Returns the most input tokens that a provider's model takes; undefined where that is not known. */
  readonly findContextWindow: (provider: PricedProvider, model: string) => number | undefined;
  /** Returns the models of a provider that are known by their whole name. */
  readonly names: (provider: PricedProvider) => string[];
}
