import { useQuery } from 'urql';
import { type CursorPage, CursorPages, MoreButton } from '../ui/cursor-pages.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { formatTime } from '../ui/format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { JobLink, jobColumns } from './job-columns.tsx';
import { JobTabs } from './job-tabs.tsx';
import { DeadLettersDocument, type DeadLettersQuery } from './jobs.generated.ts';
import { RetryButton } from './retry-button.tsx';

type DeadLetter = DeadLettersQuery['deadLetters']['nodes'][number];

/** Jobs that have failed for good, the newest first. */
export function DeadLetterList() {
  return (
    <>
      <PageHeader title="Jobs" />
      <JobTabs />
      <CursorPages>{(page) => <DeadLetterPage page={page} />}</CursorPages>
    </>
  );
}

function DeadLetterPage({ page }: { readonly page: CursorPage }) {
  const variables = { after: page.after };
  const [result, load] = useQuery({ query: DeadLettersDocument, variables, requestPolicy: 'cache-and-network' });
  const reload = () => load({ requestPolicy: 'network-only' });
  return (
    <QueryState result={result} onRetry={reload}>
      {({ deadLetters: { nodes, pageInfo } }) =>
        page.after === null && nodes.length === 0 ? (
          <EmptyState title="No dead letters">
            <p>A job that fails for good is here about a minute later.</p>
          </EmptyState>
        ) : (
          <>
            <DataTable caption="Dead letters" rows={nodes} rowKey={({ id }) => id} columns={createColumns(reload)} />
            <MoreButton page={page} pageInfo={pageInfo} />
          </>
        )
      }
    </QueryState>
  );
}

function createColumns(onChange: () => void): readonly Column<DeadLetter>[] {
  const { id, model, provider, attempts, created } = jobColumns;
  return [
    ...[id, model, provider, attempts, created],
    { id: 'failed', header: 'Failed', cell: ({ finishedAt }) => formatTime(finishedAt) },
    { id: 'error', header: 'Error', cell: ({ error }) => error && `${error.code}: ${error.message}` },
    {
      id: 'retry',
      header: 'Retry',
      cell: (job) =>
        job.retriedBy ? (
          <JobLink id={job.retriedBy.id} />
        ) : (
          <RetryButton id={job.id} size="small" onChange={onChange} />
        ),
    },
  ];
}
