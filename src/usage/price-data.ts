/**
 * The price list as `prices.json` holds it. Prices are decimal strings, in dollars per million tokens, digit for digit
 * as the data set gives them. Of the fees beside tokens the list contains that of web searches only.
 */
export interface PriceData {
  /** The data set's version and a hash of what was taken from it, such as `genai-prices-0.1.8+3f2a9c01`. */
  readonly version: string;
  readonly vendors: Readonly<Record<string, VendorData>>;
}

export interface VendorData {
  /** What a provider may be called, in lower case, for this vendor's prices to be its own. */
  readonly names: readonly string[];
  /** Vendors whose models this one resells at their prices, asked in order where it has no entry of its own. */
  readonly fallbacks: readonly string[];
  /** The first that matches counts. */
  readonly models: readonly ModelData[];
}

export interface ModelData {
  readonly match: MatchRule;
  /** The last whose condition holds counts, else the first. Empty: a known model without a price per token. */
  readonly prices: readonly PeriodData[];
  /** The most input tokens that the model takes. */
  readonly contextWindow?: number | undefined;
}

/** Holds where any one of its lines does. All but `regex` are in lower case. */
export interface MatchRule {
  readonly equals?: readonly string[] | undefined;
  readonly startsWith?: readonly string[] | undefined;
  readonly endsWith?: readonly string[] | undefined;
  readonly contains?: readonly string[] | undefined;
  readonly regex?: readonly string[] | undefined;
  /** A line of these holds where every one of its rules does. */
  readonly all?: readonly (readonly MatchRule[])[] | undefined;
}

/**
 * What a token of each kind costs, and a web search. A kind without a price of its own costs what the kind costs that it is a part of;
 * pictures and audio that a model reads have no price then.
 */
export interface TokenPrices<Price> {
  readonly input?: Price | undefined;
  readonly cacheRead?: Price | undefined;
  readonly cacheWrite?: Price | undefined;
  readonly cacheWriteOneHour?: Price | undefined;
  readonly inputImage?: Price | undefined;
  readonly inputAudio?: Price | undefined;
  readonly output?: Price | undefined;
  readonly outputImage?: Price | undefined;
  readonly outputAudio?: Price | undefined;
  readonly reasoning?: Price | undefined;
  /** What a search costs that the vendor makes on the web. Per million, as tokens. No other price stands in for it. */
  readonly webSearch?: Price | undefined;
}

/** Prices and when they hold; no condition: always. */
export interface PeriodData extends TokenPrices<PriceText> {
  /** An ISO date or time, UTC, from which on the prices hold. */
  readonly from?: string | undefined;
  /** Seconds after midnight UTC between which the prices hold, the end excluded; it may lie past midnight. */
  readonly daily?: { readonly start: number; readonly end: number } | undefined;
}

/** A tier prices the whole request, not the part above it: the last one that the request's input exceeds. */
export type PriceText =
  | string
  | { readonly base: string; readonly tiers: readonly { readonly above: number; readonly price: string }[] };
