import { lazy, Suspense, useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { useSession } from '../app/session.tsx';
import { useSearchParams } from '../app/use-search-params.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { Figures } from '../ui/figures.tsx';
import { formatCompactCount, formatCount, formatDollars, formatMs, formatShare } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { findTimeRange, toPeriod } from '../ui/time-range.ts';
import { TimeRangeSelect } from '../ui/time-range-select.tsx';
import { OverviewDocument, type OverviewQuery } from './overview.generated.ts';
import { createRequestsHref, type OverviewView } from './overview-view.ts';
import { UsageTable } from './usage-table.tsx';

const OverviewCharts = lazy(() => import('./overview-charts.tsx'));
const LazyUsageTables = lazy(() => import('./lazy-usage-tables.tsx'));
const TenantSelect = lazy(() => import('./tenant-select.tsx'));

/** What a tenant has spent and requested, over time and by model, provider, key, route and end user. */
export default function OverviewPage() {
  const { can } = useSession();
  const [params, change] = useSearchParams();
  const range = findTimeRange(params.get('range'));
  const tenantId = can('admin') ? params.get('tenantId') : null;
  const [isLoaded, setIsLoaded] = useState(false);
  return (
    <>
      <PageHeader title="Overview">
        {can('admin') && isLoaded && (
          <Suspense>
            <TenantSelect value={tenantId} onChange={(id) => change({ tenantId: id })} />
          </Suspense>
        )}
        <TimeRangeSelect value={range.id} onChange={(id) => change({ range: id })} />
      </PageHeader>
      <Overview key={`${range.id} ${tenantId}`} range={range} tenantId={tenantId} onLoad={setIsLoaded} />
    </>
  );
}

interface OverviewProps extends Pick<OverviewView, 'range' | 'tenantId'> {
  /** Called once there is an answer: the gateway is asked for the rest after it. */
  readonly onLoad: (isLoaded: true) => void;
}

function Overview({ range, tenantId, onLoad }: OverviewProps) {
  const [period] = useState(() => toPeriod(range, Date.now()));
  const view = { range, period, tenantId };
  const step = range.step === 'hour' ? 'HOUR' : 'DAY';
  const [result, reload] = useQuery({ query: OverviewDocument, variables: { ...period, step, tenantId } });
  const isLoaded = !result.fetching;
  useEffect(() => {
    if (isLoaded) onLoad(true);
  }, [isLoaded, onLoad]);
  return (
    <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
      {(data) => (
        <>
          <OverviewData data={data} view={view} />
          <Suspense fallback={<Loading label="Loading tables…" />}>
            <LazyUsageTables view={view} />
          </Suspense>
        </>
      )}
    </QueryState>
  );
}

interface OverviewDataProps {
  readonly data: OverviewQuery;
  readonly view: OverviewView;
}

function OverviewData({ data, view }: OverviewDataProps) {
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
        <OverviewCharts data={data} range={view.range} />
      </Suspense>
      <UsageTable
        title="By model"
        header="Model"
        rows={data.models}
        createHref={(id) => createRequestsHref(view, 'model', id)}
      />
      <UsageTable
        title="By provider"
        header="Provider"
        rows={data.providers}
        createHref={(id) => createRequestsHref(view, 'provider', id)}
      />
      <UsageTable
        title="By API key"
        header="API key"
        rows={data.keys}
        createHref={(id) => createRequestsHref(view, 'keyId', id)}
      />
    </>
  );
}
