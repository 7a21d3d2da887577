import { useEffect } from 'react';
import { useQuery, useSubscription } from 'urql';
import { Link } from 'wouter';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Figures } from '../ui/figures.tsx';
import { formatCount, formatDollars, formatTime } from '../ui/format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { CancelButton } from './cancel-button.tsx';
import { DeliveryTable } from './delivery-table.tsx';
import { JobAttempts } from './job-attempts.tsx';
import { JobLink } from './job-columns.tsx';
import { JobContent } from './job-content.tsx';
import { isOpen, JobStatusBadge } from './job-status.tsx';
import { JobDetailsDocument, type JobDetailsQuery, JobUpdatedDocument } from './jobs.generated.ts';
import { RetryButton } from './retry-button.tsx';

/** One job with its attempts, its result and its webhooks. */
export function JobDetails({ id }: { readonly id: string }) {
  const [result, load] = useQuery({ query: JobDetailsDocument, variables: { id } });
  const [{ data: update }] = useSubscription({ query: JobUpdatedDocument, variables: { id } });
  const status = update?.jobUpdated.status;
  useEffect(() => {
    if (status) load({ requestPolicy: 'network-only' });
  }, [status, load]);
  const reload = () => load({ requestPolicy: 'network-only' });
  return (
    <>
      <p>
        <Link href="/">← Jobs</Link>
      </p>
      <QueryState result={result} onRetry={reload}>
        {({ job }) => (job ? <JobView job={job} onChange={reload} /> : <UnknownJob id={id} />)}
      </QueryState>
    </>
  );
}

function UnknownJob({ id }: { readonly id: string }) {
  return (
    <EmptyState title="There is no such job">
      <p>
        This tenant has no job <code>{id}</code>.
      </p>
    </EmptyState>
  );
}

interface JobViewProps {
  readonly job: NonNullable<JobDetailsQuery['job']>;
  readonly onChange: () => void;
}

function JobView({ job, onChange }: JobViewProps) {
  const { id, status, provider, model, error, attempts, webhookDeliveries, retryOf, retriedBy } = job;
  return (
    <>
      <PageHeader title={id}>
        <JobStatusBadge status={status} />
        <CopyButton text={id} label="Copy id" />
        {isOpen(status) && <CancelButton id={id} onChange={onChange} />}
        {status === 'FAILED' && !retriedBy && <RetryButton id={id} onChange={onChange} />}
      </PageHeader>
      {error && (
        <p className="problem">
          {error.code}: {error.message}
        </p>
      )}
      {retryOf && (
        <p>
          It does <JobLink id={retryOf.id} /> again.
        </p>
      )}
      {retriedBy && (
        <p>
          <JobLink id={retriedBy.id} /> does it again.
        </p>
      )}
      <Figures
        figures={[
          { label: 'Model', value: model ?? '–', note: provider ?? undefined },
          { label: 'Attempts', value: formatCount(job.attemptCount) },
          { label: 'Tokens in', value: formatCount(job.tokensIn) },
          { label: 'Tokens out', value: formatCount(job.tokensOut) },
          { label: 'Cost', value: formatDollars(job.cost) },
        ]}
      />
      <p className="muted">
        Created {formatTime(job.createdAt)} · started {formatTime(job.startedAt)} · finished{' '}
        {formatTime(job.finishedAt)}
      </p>
      <JobContent {...job} />
      <JobAttempts attempts={attempts} />
      {webhookDeliveries.length > 0 && (
        <section className="stack">
          <h2>Webhook deliveries</h2>
          <DeliveryTable deliveries={webhookDeliveries} onChange={onChange} />
        </section>
      )}
    </>
  );
}
