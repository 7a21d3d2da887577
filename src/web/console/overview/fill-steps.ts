import type { TimeRange } from '../ui/time-range.ts';

const hourMs = 3_600_000;

/** Returns each hour or day of a range with its row; undefined where nothing happened in it. */
export function fillSteps<Row extends { readonly hour: string | null; readonly day: string | null }>(
  rows: readonly Row[],
  { hours, step }: TimeRange,
  nowMs: number,
): { readonly times: number[]; readonly rows: (Row | undefined)[] } {
  const stepMs = step === 'hour' ? hourMs : 24 * hourMs;
  const byTime = new Map(rows.map((row) => [Date.parse(row.hour ?? row.day ?? ''), row]));
  const lastMs = Math.floor(nowMs / stepMs) * stepMs;
  const count = Math.ceil((hours * hourMs) / stepMs);
  const times = Array.from({ length: count }, (_, index) => lastMs - (count - 1 - index) * stepMs);
  return { times, rows: times.map((time) => byTime.get(time)) };
}
