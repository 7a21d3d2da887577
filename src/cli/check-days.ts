import { StartError } from '../dev/start-error.ts';
import type { DayComparison, DaySums } from './archive-statements.ts';
import { formatDollars } from './format-report.ts';

const noSums: DaySums = { rows: 0, requests: 0, costNanoUsd: 0n };

/**
 * Throws a StartError for the first day whose rows, those of a file and those of a table together, differ from the sums that `usage`
 * reads.
 */
export function checkDays(
  comparisons: readonly DayComparison[],
  fileDays: ReadonlyMap<string, DaySums>,
  isDetached: boolean,
): void {
  const tables = new Map(comparisons.map((comparison) => [comparison.day, comparison]));
  for (const day of new Set([...tables.keys(), ...fileDays.keys()])) {
    const rows = sumDays([fileDays.get(day) ?? noSums, tables.get(day)?.table ?? noSums]);
    const rollup = tables.get(day)?.rollup ?? noSums;
    if (rows.rows === rollup.rows && rows.requests === rollup.requests && rows.costNanoUsd === rollup.costNanoUsd)
      continue;
    const fix = isDetached
      ? 'Nothing is dropped. Attach the month again and reconcile it: "Restore a month" in docs/guides/operate.md.'
      : `Nothing has changed. Run \`npm run reconcile -- --from ${day} --to ${nextDay(day)} --repair\` first.`;
    throw new StartError(`${day}: the ledger has ${format(rows)}, the sums of the day ${format(rollup)}. ${fix}`);
  }
}

/** Adds sums up. */
export function sumDays(days: readonly DaySums[]): DaySums {
  return days.reduce(
    (total, { rows, requests, costNanoUsd }) => ({
      rows: total.rows + rows,
      requests: total.requests + requests,
      costNanoUsd: total.costNanoUsd + costNanoUsd,
    }),
    noSums,
  );
}

function nextDay(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}

function format({ rows, requests, costNanoUsd }: DaySums): string {
  return `${rows} rows, ${requests} requests and ${formatDollars(costNanoUsd)}`;
}
