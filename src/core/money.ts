/**
 * An amount of money: a whole number of nano-dollars (10⁻⁹ US dollars). The ledger, the budgets and all that is added up
 * use it; dollars appear on the wire only.
 */
export type NanoUsd = bigint;

/** Divides and rounds to the nearest whole number, halves up. Neither number may be negative. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}

/**
 * The decimal number in `text`, exactly, in units of 10^-`digits`: `0.15` with 3 digits is 150n. Throws a RangeError for
 * a sign, an exponent, or more digits than asked for: nothing is ever rounded here.
 */
export function parseDecimal(text: string, digits: number): bigint {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > digits) {
    throw new RangeError(`"${text}" is not a decimal number of at most ${digits} digits after the point`);
  }
  return BigInt(whole + fraction.padEnd(digits, '0'));
}

/**
 * Dollars for the wire: the double nearest to the exact amount, which JSON prints as the shortest decimal (55200n is
 * 0.0000552). Reading the decimal text rounds once, where a division of doubles would round twice.
 */
export function nanoUsdToDollars(amount: NanoUsd): number {
  return Number(`${amount}e-9`);
}
