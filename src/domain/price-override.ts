/** Dollars per million tokens as decimal texts, by kind of token. */
export interface OverridePrices {
  readonly input: string;
  /** Absent for a model that only reads (an embedding). */
  readonly output?: string | undefined;
  readonly cacheRead?: string | undefined;
  readonly cacheWrite?: string | undefined;
  readonly cacheWriteOneHour?: string | undefined;
  readonly reasoning?: string | undefined;
}

/** A price that was set for a model, or taken back, and holds for calls that begin from then on until the next one. */
export interface PriceOverride {
  /** `prc_…`: the price version of the ledger's rows that it prices. */
  readonly id: string;
  /** The provider's id. */
  readonly provider: string;
  /** In lower case. */
  readonly model: string;
  /** Null: the price list holds again. */
  readonly prices: OverridePrices | null;
  readonly createdAt: Date;
}
