import type { TokenPrices } from './price-data.ts';
import type { Rate } from './rate.ts';

/** What a model's tokens cost, and where that stands. */
export interface ModelPrices extends TokenPrices<Rate> {
  /** The price version of the ledger's rows that are priced by it: that of the price list, or `prc_…`. */
  readonly version: string;
}

/** Whatever knows prices. */
export interface PriceSource {
  /** The prices of the first of a vendor's models that has any at a time; undefined where none is known. */
  readonly findFirst: (vendorName: string, models: readonly string[], at: Date) => ModelPrices | undefined;
  /** The models of a vendor that are known by their whole name. */
  readonly names: (vendorName: string) => string[];
}
