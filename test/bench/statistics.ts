/** The median and the spread of several rounds. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Summarizes at least one value. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((left, right) => left - right);
  return { median: percentile(sorted, 50), min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** Returns a percentile of ascending values by the nearest rank. The median of an even count is the mean of the middle two. */
export function percentile(sorted: readonly number[], percent: number): number {
  const middle = sorted.length / 2;
  if (percent === 50 && sorted.length % 2 === 0) {
    return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  }
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

export function mean(values: readonly number[] = []): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
