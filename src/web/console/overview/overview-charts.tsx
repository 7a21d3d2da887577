import { useMemo } from 'react';
import { formatCount, formatDollars, formatMs, formatShare } from '../ui/format.ts';
import { LineChart } from '../ui/line-chart.tsx';
import type { TimeRange } from '../ui/time-range.ts';
import { fillSteps } from './fill-steps.ts';
import type { OverviewQuery as OverviewData } from './overview.generated.ts';

interface OverviewChartsProps {
  readonly data: OverviewData;
  readonly range: TimeRange;
}

/** The charts of the overview. They are loaded after its figures. */
export default function OverviewCharts({ data, range }: OverviewChartsProps) {
  const { times, rows } = useMemo(() => fillSteps(data.times, range, Date.now()), [data.times, range]);
  const charts = useMemo(() => {
    const values = (value: (row: OverviewData['times'][number]) => number | null, empty: number | null = 0) =>
      rows.map((row) => (row ? value(row) : empty));
    return [
      { title: 'Spend', format: formatDollars, series: [{ label: 'Spend', values: values((row) => row.cost) }] },
      {
        title: 'Requests',
        format: formatCount,
        series: [
          { label: 'Requests', values: values((row) => row.requests) },
          { label: 'Errors', values: values((row) => row.errors), colour: '--bad' },
        ],
      },
      {
        title: 'Tokens',
        format: formatCount,
        series: [
          { label: 'In', values: values((row) => row.tokensIn) },
          { label: 'Out', values: values((row) => row.tokensOut) },
        ],
      },
      {
        title: 'Time to the first byte',
        format: formatMs,
        series: [
          { label: 'p50', values: values((row) => row.timeToFirstByteMs.p50, null) },
          { label: 'p95', values: values((row) => row.timeToFirstByteMs.p95, null) },
        ],
      },
      {
        title: 'Tokens read from the prompt cache',
        format: formatShare,
        series: [{ label: 'Share', values: values((row) => row.cacheHitRate, null) }],
      },
    ];
  }, [rows]);
  return (
    <div className="grid">
      {charts.map(({ title, series, format }) => (
        <LineChart key={title} title={title} times={times} series={series} format={format} />
      ))}
    </div>
  );
}
