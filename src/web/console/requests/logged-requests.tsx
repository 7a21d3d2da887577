import { describeError } from '../app/describe-error.ts';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { formatCount, formatTime } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import type { RequestFilter, RequestSummaryFragment } from './requests.generated.ts';
import { type RequestPages, useRequestPages } from './use-request-pages.ts';

export interface RequestRowsProps {
  readonly filter: RequestFilter;
  readonly columns: readonly Column<RequestSummaryFragment>[];
}

/** The requests of a filter, the newest first, page by page. */
export function LoggedRequests({ filter, columns }: RequestRowsProps) {
  const pages = useRequestPages(filter);
  const { rows, last, error, isLoading, reload } = pages;
  if (!last) return error ? <ErrorState message={describeError(error)} onRetry={reload} /> : <Loading />;
  return (
    <>
      <div className="actions">
        <span className="muted">{rows.length === 1 ? '1 request' : `${formatCount(rows.length)} requests`}</span>
        <Button size="small" isBusy={isLoading} onClick={reload}>
          Refresh
        </Button>
      </div>
      {rows.length > 0 && <RequestTable rows={rows} columns={columns} />}
      {rows.length === 0 && last.scannedUntil === null && <NoRequests />}
      {error && <p className="problem">{describeError(error)}</p>}
      <NextPage pages={pages} />
    </>
  );
}

export function RequestTable({
  rows,
  columns,
}: Pick<RequestRowsProps, 'columns'> & { readonly rows: readonly RequestSummaryFragment[] }) {
  return <DataTable caption="Requests" rows={rows} rowKey={({ id }) => id} columns={columns} />;
}

function NoRequests() {
  return (
    <EmptyState title="No requests">
      <p>No request of this time matches the filters. A request is listed about a second after it has ended.</p>
    </EmptyState>
  );
}

/** Leads to the next page. A search that looked at many requests without filling a page says how far it got. */
function NextPage({ pages: { last, isLoading, loadMore } }: { readonly pages: RequestPages }) {
  if (!last?.pageInfo.hasNextPage) return null;
  return (
    <div className="actions">
      {last.scannedUntil !== null && <span role="status">Searched back to {formatTime(last.scannedUntil)}.</span>}
      <Button isBusy={isLoading} onClick={loadMore}>
        {last.scannedUntil === null ? 'Load more' : 'Search on'}
      </Button>
    </div>
  );
}
