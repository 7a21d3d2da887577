const locale = undefined;
const counts = new Intl.NumberFormat(locale);
const compactCounts = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
const shares = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
const dollars = { style: 'currency', currency: 'USD' } as const;
const largeSums = new Intl.NumberFormat(locale, { ...dollars, maximumFractionDigits: 2 });
const smallSums = new Intl.NumberFormat(locale, { ...dollars, maximumSignificantDigits: 4 });
const times = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' });

/** Shown for what is not known: a missing count or price is not 0. */
export const unknownValue = '–';

export function formatCount(count: number | null | undefined): string {
  return count == null ? unknownValue : counts.format(count);
}

export function formatCompactCount(count: number | null | undefined): string {
  return count == null ? unknownValue : compactCounts.format(count);
}

/** Formats dollars: two digits of a large sum, four significant ones of a small one. */
export function formatDollars(sum: number | null | undefined): string {
  if (sum == null) return unknownValue;
  return (Math.abs(sum) >= 1 || sum === 0 ? largeSums : smallSums).format(sum);
}

/** Formats a share from 0 to 1. */
export function formatShare(share: number | null | undefined): string {
  return share == null ? unknownValue : shares.format(share);
}

export function formatMs(ms: number | null | undefined): string {
  if (ms == null) return unknownValue;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** Formats an ISO 8601 time in the visitor's time zone. */
export function formatTime(time: string | null | undefined): string {
  return time == null ? unknownValue : times.format(new Date(time));
}
