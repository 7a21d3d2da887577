/** Prices in dollars per million tokens, as decimal texts, by kind of token. */
export interface OverridePrices {
  readonly input: string;
  /** Absent for a model that writes no tokens (embeddings). */
  readonly output?: string | undefined;
  readonly cacheRead?: string | undefined;
  readonly cacheWrite?: string | undefined;
  readonly cacheWriteOneHour?: string | undefined;
  readonly reasoning?: string | undefined;
}

/**
 * A price that an operator sets for a model, or takes back. It applies to requests that begin from then on, until the
 * next override.
 */
export interface PriceOverride {
  /** `prc_…`: the price version in the ledger entries that it prices. */
  readonly id: string;
  /** The provider's id. */
  readonly provider: string;
  /** In lower case. */
  readonly model: string;
  /** Null: the price list applies again. */
  readonly prices: OverridePrices | null;
  readonly createdAt: Date;
}
