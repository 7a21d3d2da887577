/** A period that a visitor can choose, and the steps of its charts. */
export interface TimeRange {
  readonly id: string;
  readonly label: string;
  readonly hours: number;
  readonly step: 'hour' | 'day';
}

export const timeRanges: readonly TimeRange[] = [
  { id: '24h', label: 'Last 24 hours', hours: 24, step: 'hour' },
  { id: '7d', label: 'Last 7 days', hours: 7 * 24, step: 'hour' },
  { id: '30d', label: 'Last 30 days', hours: 30 * 24, step: 'day' },
  { id: '90d', label: 'Last 90 days', hours: 90 * 24, step: 'day' },
];

const [defaultRange] = timeRanges as readonly [TimeRange];
const hourMs = 3_600_000;

/** Returns the range that a URL names, or the default one. */
export function findTimeRange(id: string | null): TimeRange {
  return timeRanges.find((range) => range.id === id) ?? defaultRange;
}

/** Returns the beginning and the end of a range in whole hours, so that a view that is opened again asks for the same. */
export function toPeriod({ hours }: TimeRange, nowMs: number): { readonly from: string; readonly to: string } {
  const endMs = Math.ceil(nowMs / hourMs) * hourMs;
  return { from: new Date(endMs - hours * hourMs).toISOString(), to: new Date(endMs).toISOString() };
}
