import { lazy, Suspense, useState } from 'react';
import { useQuery } from 'urql';
import { useSearchParams } from '../app/use-search-params.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { Figures } from '../ui/figures.tsx';
import { formatCompactCount, formatCount, formatDollars, formatMs, formatShare } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { findTimeRange, type TimeRange, toPeriod } from '../ui/time-range.ts';
import { TimeRangeSelect } from '../ui/time-range-select.tsx';
import { OverviewDocument, type OverviewQuery } from './overview.generated.ts';
import { UsageTable } from './usage-table.tsx';

const OverviewCharts = lazy(() => import('./overview-charts.tsx'));

/** What the tenant of the key has spent and requested, over time and by model, provider and key. */
export default function OverviewPage() {
  const [params, change] = useSearchParams();
  const range = findTimeRange(params.get('range'));
  return (
    <>
      <PageHeader title="Overview">
        <TimeRangeSelect value={range.id} onChange={(id) => change({ range: id })} />
      </PageHeader>
      <Overview key={range.id} range={range} />
    </>
  );
}

function Overview({ range }: { readonly range: TimeRange }) {
  const [period] = useState(() => toPeriod(range, Date.now()));
  const step = range.step === 'hour' ? 'HOUR' : 'DAY';
  const [result, reload] = useQuery({ query: OverviewDocument, variables: { ...period, step } });
  return (
    <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
      {(data) => <OverviewData data={data} range={range} />}
    </QueryState>
  );
}

function OverviewData({ data, range }: { readonly data: OverviewQuery; readonly range: TimeRange }) {
  const [total] = data.total;
  if (!total || total.requests === 0) {
    return (
      <EmptyState title="No requests in this time">
        <p>
          Send one: <a href="/">the start page</a> shows how.
        </p>
      </EmptyState>
    );
  }
  const { requests, errors, cost, unpricedRequests, tokensIn, tokensOut, cacheHitRate, timeToFirstByteMs } = total;
  return (
    <>
      <Figures
        figures={[
          {
            label: 'Spend',
            value: formatDollars(cost),
            note: unpricedRequests > 0 ? `without ${formatCount(unpricedRequests)} of unknown price` : undefined,
          },
          { label: 'Requests', value: formatCount(requests) },
          {
            label: 'Errors',
            value: formatShare(errors / requests),
            note: errors === 0 ? undefined : `${formatCount(errors)} failed`,
          },
          { label: 'Tokens in', value: formatCompactCount(tokensIn) },
          { label: 'Tokens out', value: formatCompactCount(tokensOut) },
          { label: 'Read from cache', value: formatShare(cacheHitRate), note: 'of the tokens in' },
          {
            label: 'First byte',
            value: formatMs(timeToFirstByteMs.p50),
            note: `p95 ${formatMs(timeToFirstByteMs.p95)}`,
          },
        ]}
      />
      <Suspense fallback={<Loading label="Loading charts…" />}>
        <OverviewCharts data={data} range={range} />
      </Suspense>
      <UsageTable title="By model" name="Model" rows={data.models} />
      <UsageTable title="By provider" name="Provider" rows={data.providers} />
      <UsageTable title="By API key" name="API key" rows={data.keys} />
    </>
  );
}
