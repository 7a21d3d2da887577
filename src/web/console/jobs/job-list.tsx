import { useQuery } from 'urql';
import { useSearchParams } from '../app/use-search-params.ts';
import { type CursorPage, CursorPages, MoreButton } from '../ui/cursor-pages.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { jobColumns } from './job-columns.tsx';
import { formatStatus, jobStatuses } from './job-status.tsx';
import { JobTabs } from './job-tabs.tsx';
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
      <JobTabs />
      <CursorPages key={status}>{(page) => <JobPage status={status} page={page} />}</CursorPages>
    </>
  );
}

interface JobPageProps {
  readonly status: JobSummaryFragment['status'] | undefined;
  readonly page: CursorPage;
}

function JobPage({ status, page }: JobPageProps) {
  const variables = { after: page.after, filter: status ? { statuses: [status] } : null };
  const [result, reload] = useQuery({ query: JobsDocument, variables, requestPolicy: 'cache-and-network' });
  return (
    <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
      {({ jobs }) => <JobRows jobs={jobs} status={status} page={page} />}
    </QueryState>
  );
}

function JobRows({ jobs: { nodes, pageInfo }, status, page }: JobPageProps & { readonly jobs: JobsQuery['jobs'] }) {
  const isFirst = page.after === null;
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
  return (
    <>
      <DataTable caption="Jobs" rows={rows} rowKey={({ id }) => id} columns={columns} />
      <MoreButton page={page} pageInfo={pageInfo} />
    </>
  );
}

const { status, id, model, provider, attempts, cost, created, finished } = jobColumns;
const columns = [status, id, model, provider, attempts, cost, created, finished];
