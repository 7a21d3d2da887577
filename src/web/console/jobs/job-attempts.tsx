import { Link } from 'wouter';
import { useSession } from '../app/session.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { formatTime } from '../ui/format.ts';
import type { JobDetailsQuery } from './jobs.generated.ts';

type Attempt = NonNullable<JobDetailsQuery['job']>['attempts'][number];

export function JobAttempts({ attempts }: { readonly attempts: readonly Attempt[] }) {
  if (attempts.length === 0) return null;
  return (
    <section className="stack">
      <h2>Attempts</h2>
      <DataTable
        caption="Attempts"
        rows={attempts}
        rowKey={({ requestId }) => requestId}
        columns={[
          { id: 'number', header: 'No.', isNumber: true, cell: ({ number }) => number },
          { id: 'started', header: 'Started', cell: ({ startedAt }) => formatTime(startedAt) },
          { id: 'finished', header: 'Finished', cell: ({ finishedAt }) => formatTime(finishedAt) },
          { id: 'error', header: 'Error', cell: ({ error }) => (error ? `${error.code}: ${error.message}` : '') },
          { id: 'request', header: 'Request', cell: ({ requestId }) => <RequestLink id={requestId} /> },
        ]}
      />
    </section>
  );
}

function RequestLink({ id }: { readonly id: string }) {
  const { can } = useSession();
  if (!can('read')) return <span className="mono">{id}</span>;
  return (
    <Link href={`~/console/requests/${id}`} className="mono">
      {id}
    </Link>
  );
}
