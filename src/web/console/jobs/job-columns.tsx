import { Link } from 'wouter';
import type { Column } from '../ui/data-table.tsx';
import { formatCount, formatDollars, formatTime, unknownValue } from '../ui/format.ts';
import { JobStatusBadge } from './job-status.tsx';
import type { JobSummaryFragment as Job } from './jobs.generated.ts';

/** The columns that lists of jobs can have. */
export const jobColumns = {
  status: { id: 'status', header: 'Status', cell: ({ status }) => <JobStatusBadge status={status} /> },
  id: { id: 'id', header: 'Job', cell: ({ id }) => <JobLink id={id} /> },
  model: { id: 'model', header: 'Model', cell: ({ model }) => model ?? unknownValue },
  provider: { id: 'provider', header: 'Provider', cell: ({ provider }) => provider ?? unknownValue },
  attempts: {
    id: 'attempts',
    header: 'Attempts',
    isNumber: true,
    cell: ({ attemptCount }) => formatCount(attemptCount),
  },
  cost: { id: 'cost', header: 'Cost', isNumber: true, cell: ({ cost }) => formatDollars(cost) },
  created: { id: 'created', header: 'Created', cell: ({ createdAt }) => formatTime(createdAt) },
  finished: { id: 'finished', header: 'Finished', cell: ({ finishedAt }) => formatTime(finishedAt) },
} satisfies Record<string, Column<Job>>;

export function JobLink({ id }: { readonly id: string }) {
  return (
    <Link href={`~/console/jobs/${id}`} className="mono">
      {id}
    </Link>
  );
}
