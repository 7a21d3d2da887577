/**
 * An amount of money: a whole number of nano-dollars (10⁻⁹ US dollars). The ledger, the budgets and all sums use it.
 * Dollars appear on the wire only.
 */
export type NanoUsd = bigint;

/** Divides and rounds to the nearest whole number, halves up. Neither number may be negative. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}

/**
 * Parses a decimal number exactly, in units of 10^-`digits`: `0.15` with 3 digits is 150n. Throws a RangeError for a
 * sign, an exponent, or more than `digits` digits: nothing is rounded.
 */
export function parseDecimal(text: string, digits: number): bigint {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > digits) {
    throw new RangeError(`"${text}" is not a decimal number of at most ${digits} digits after the point`);
  }
  return BigInt(whole + fraction.padEnd(digits, '0'));
}

/**
 * Converts an amount to dollars for the wire: the double nearest to it, which JSON prints as the shortest decimal
 * (55200n is 0.0000552). Parsing the decimal text rounds once, where a division of doubles would round twice.
 */
export function nanoUsdToDollars(amount: NanoUsd): number {
  return Number(`${amount}e-9`);
}

/** Converts an amount to dollars as decimal text, exactly: 55200n is `0.0000552`. */
export function nanoUsdToText(amount: NanoUsd): string {
  const digits = String(amount < 0n ? -amount : amount).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Keeps budgets below 2 ** 53 nano-dollars, so that Redis's Lua counts them exactly. */
const maxDollars = 9_000_000;

/**
 * Converts dollars from the wire, by their decimal text: 0.1 is 100000000n. Throws a RangeError for an amount that is
 * negative, above 9,000,000 or finer than a nano-dollar. Its message is the end of a sentence (`must be …`).
 */
export function dollarsToNanoUsd(dollars: number): NanoUsd {
  const [, digit, fraction = '', zeros] = /^(\d)(?:\.(\d+))?e-(\d+)$/.exec(String(dollars)) ?? [];
  const text = digit === undefined ? String(dollars) : `0.${'0'.repeat(Number(zeros) - 1)}${digit}${fraction}`;
  if (dollars >= 0 && dollars <= maxDollars && /^\d+(\.\d{1,9})?$/.test(text)) return parseDecimal(text, 9);
  throw new RangeError('must be dollars from 0 to 9000000, with at most 9 digits after the point');
}
