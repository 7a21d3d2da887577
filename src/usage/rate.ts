import { parseDecimal } from '../domain/money.ts';
import type { PriceText, TokenPrices } from './price-data.ts';

/**
 * A price in yocto-dollars (10⁻²⁴) per token, which holds every price of up to 18 digits after the point, given in
 * dollars per million tokens, as a whole number. Tiers come in ascending order.
 */
export interface Rate {
  readonly base: bigint;
  readonly tiers: readonly { readonly above: number; readonly price: bigint }[];
}

/** What the rates of a `Rate` are to be divided by to get nano-dollars. */
export const yoctoUsdPerNanoUsd = 10n ** 15n;

/** The prices of every kind of token as numbers. Throws a RangeError for what is not a price. */
export function readRates(prices: TokenPrices<PriceText>): TokenPrices<Rate> {
  return Object.fromEntries(Object.entries(prices).map(([kind, price]) => [kind, price && readRate(price)]));
}

function readRate(price: PriceText): Rate {
  const { base, tiers } = typeof price === 'string' ? { base: price, tiers: [] } : price;
  return {
    base: parseDecimal(base, 18),
    tiers: tiers.map((tier) => ({ above: tier.above, price: parseDecimal(tier.price, 18) })),
  };
}
