import { useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useSearchParams } from '../app/use-search-params.ts';
import { Button } from '../ui/button.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { formatCount, formatDollars, formatTime, unknownValue } from '../ui/format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { formatStatus, JobStatusBadge, jobStatuses } from './job-status.tsx';
import { type JobSummaryFragment, JobsDocument, type JobsQuery } from './jobs.generated.ts';
import { useJobUpdates } from './use-job-updates.ts';

/** The newest jobs, kept up to date while the page is open. */
export function JobList() {
  const [params, change] = useSearchParams();
  const status = jobStatuses.find((name) => name === params.get('status'));
  return (
    <>
      <PageHeader title="Jobs">
        <select aria-label="Status" value={status ?? ''} onChange={(event) => change({ status: event.target.value })}>
          <option value="">All statuses</option>
          {jobStatuses.map((name) => (
            <option key={name} value={name}>
              {formatStatus(name)}
            </option>
          ))}
        </select>
      </PageHeader>
      <JobPages key={status} status={status} />
    </>
  );
}

type JobStatus = JobSummaryFragment['status'];

/** Pages of jobs, one below the other. */
function JobPages({ status }: { readonly status: JobStatus | undefined }) {
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  return cursors.map((after, index) => (
    <JobPage
      key={after}
      status={status}
      after={after}
      isLast={index === cursors.length - 1}
      onMore={(cursor) => setCursors([...cursors, cursor])}
    />
  ));
}

interface JobPageProps {
  readonly status: JobStatus | undefined;
  readonly after: string | null;
  readonly isLast: boolean;
  readonly onMore: (cursor: string) => void;
}

function JobPage({ status, after, isLast, onMore }: JobPageProps) {
  const variables = { after, filter: status ? { statuses: [status] } : null };
  const [result, reload] = useQuery({ query: JobsDocument, variables, requestPolicy: 'cache-and-network' });
  return (
    <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
      {({ jobs }) => <JobRows jobs={jobs} status={status} isFirst={after === null} isLast={isLast} onMore={onMore} />}
    </QueryState>
  );
}

interface JobRowsProps extends Pick<JobPageProps, 'status' | 'isLast' | 'onMore'> {
  readonly jobs: JobsQuery['jobs'];
  readonly isFirst: boolean;
}

function JobRows({ jobs: { nodes, pageInfo }, status, isFirst, isLast, onMore }: JobRowsProps) {
  const rows = useJobUpdates(nodes, isFirst ? status : 'none');
  if (isFirst && rows.length === 0) {
    return (
      <EmptyState title={status ? `No job is ${formatStatus(status).toLowerCase()}` : 'No jobs yet'}>
        <p>
          A job is a request that runs in the background: <code>POST /api/jobs</code> makes one.
        </p>
      </EmptyState>
    );
  }
  const { endCursor, hasNextPage } = pageInfo;
  return (
    <>
      <DataTable caption="Jobs" rows={rows} rowKey={({ id }) => id} columns={columns} />
      {isLast && hasNextPage && endCursor != null && (
        <div>
          <Button onClick={() => onMore(endCursor)}>Load more</Button>
        </div>
      )}
    </>
  );
}

const columns = [
  { id: 'status', header: 'Status', cell: ({ status }: JobSummaryFragment) => <JobStatusBadge status={status} /> },
  {
    id: 'id',
    header: 'Job',
    cell: ({ id }: JobSummaryFragment) => (
      <Link href={`/${id}`} className="mono">
        {id}
      </Link>
    ),
  },
  { id: 'model', header: 'Model', cell: ({ model }: JobSummaryFragment) => model ?? unknownValue },
  { id: 'provider', header: 'Provider', cell: ({ provider }: JobSummaryFragment) => provider ?? unknownValue },
  {
    id: 'attempts',
    header: 'Attempts',
    isNumber: true,
    cell: ({ attemptCount }: JobSummaryFragment) => formatCount(attemptCount),
  },
  { id: 'cost', header: 'Cost', isNumber: true, cell: ({ cost }: JobSummaryFragment) => formatDollars(cost) },
  { id: 'created', header: 'Created', cell: ({ createdAt }: JobSummaryFragment) => formatTime(createdAt) },
  { id: 'finished', header: 'Finished', cell: ({ finishedAt }: JobSummaryFragment) => formatTime(finishedAt) },
];
