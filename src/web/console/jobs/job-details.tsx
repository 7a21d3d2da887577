import { useEffect, useState } from 'react';
import { useMutation, useQuery, useSubscription } from 'urql';
import { Link } from 'wouter';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Figures } from '../ui/figures.tsx';
import { formatCount, formatDollars, formatTime } from '../ui/format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { TextPanel } from '../ui/text-panel.tsx';
import { showToast } from '../ui/toast.tsx';
import { isOpen, JobStatusBadge } from './job-status.tsx';
import {
  CancelJobDocument,
  JobDetailsDocument,
  type JobDetailsQuery,
  JobUpdatedDocument,
  ResendWebhookDocument,
  RetryJobDocument,
} from './jobs.generated.ts';

type Job = NonNullable<JobDetailsQuery['job']>;

/** One job with its attempts, its result and its webhooks. */
export function JobDetails({ id }: { readonly id: string }) {
  const [result, reload] = useQuery({ query: JobDetailsDocument, variables: { id } });
  const [{ data: update }] = useSubscription({ query: JobUpdatedDocument, variables: { id } });
  const status = update?.jobUpdated.status;
  useEffect(() => {
    if (status) reload({ requestPolicy: 'network-only' });
  }, [status, reload]);
  return (
    <>
      <p>
        <Link href="/">← Jobs</Link>
      </p>
      <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
        {({ job }) =>
          job ? (
            <JobView job={job} onChange={() => reload({ requestPolicy: 'network-only' })} />
          ) : (
            <UnknownJob id={id} />
          )
        }
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
  readonly job: Job;
  readonly onChange: () => void;
}

function JobView({ job, onChange }: JobViewProps) {
  const { id, status, provider, model, error } = job;
  return (
    <>
      <PageHeader title={id}>
        <JobStatusBadge status={status} />
        <CopyButton text={id} label="Copy id" />
        <JobActions job={job} onChange={onChange} />
      </PageHeader>
      {error && (
        <p className="problem">
          {error.code}: {error.message}
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
      <JobContent job={job} />
      <Attempts job={job} />
      <Deliveries job={job} onChange={onChange} />
    </>
  );
}

/** What providers and clients have written is shown as text, and never as HTML. */
function JobContent({ job: { input, messages, result, purgedAt } }: { readonly job: Job }) {
  if (purgedAt != null) return <p className="muted">Input and result were deleted on {formatTime(purgedAt)}.</p>;
  const prompt = input ?? messages?.map(({ role, content }) => `${role}: ${content}`).join('\n\n');
  return (
    <div className="grid">
      {prompt != null && <TextPanel title="Input" text={prompt} />}
      {result != null && <TextPanel title="Result" text={result} />}
    </div>
  );
}

function Attempts({ job: { attempts } }: { readonly job: Job }) {
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
          { id: 'request', header: 'Request', cell: ({ requestId }) => <span className="mono">{requestId}</span> },
        ]}
      />
    </section>
  );
}

function Deliveries({ job: { webhookDeliveries }, onChange }: JobViewProps) {
  const [{ fetching }, resend] = useMutation(ResendWebhookDocument);
  if (webhookDeliveries.length === 0) return null;
  const send = async (id: string) => {
    const { error } = await resend({ id });
    showToast(error ? 'The webhook was not sent' : 'The webhook is sent again', error && describeError(error));
    onChange();
  };
  return (
    <section className="stack">
      <h2>Webhook deliveries</h2>
      <DataTable
        caption="Webhook deliveries"
        rows={webhookDeliveries}
        rowKey={({ id }) => id}
        columns={[
          { id: 'status', header: 'Status', cell: ({ status }) => status.toLowerCase() },
          { id: 'event', header: 'Event', cell: ({ event }) => event },
          { id: 'url', header: 'URL', cell: ({ url }) => url },
          { id: 'attempts', header: 'Attempts', isNumber: true, cell: ({ attemptCount }) => attemptCount },
          { id: 'error', header: 'Error', cell: ({ error }) => error ?? '' },
          {
            id: 'resend',
            header: '',
            cell: ({ id }) => (
              <Button size="small" isBusy={fetching} onClick={() => send(id)}>
                Send again
              </Button>
            ),
          },
        ]}
      />
    </section>
  );
}

function JobActions({ job: { id, status }, onChange }: JobViewProps) {
  const { can } = useSession();
  const [isAsking, setIsAsking] = useState(false);
  const [{ fetching: isCancelling }, cancel] = useMutation(CancelJobDocument);
  const [{ fetching: isRetrying }, retry] = useMutation(RetryJobDocument);
  if (!can('jobs')) return null;

  const confirmCancel = async () => {
    const { error } = await cancel({ id });
    setIsAsking(false);
    showToast(error ? 'The job was not cancelled' : 'The job is cancelled', error && describeError(error));
    onChange();
  };
  const retryJob = async () => {
    const { data, error } = await retry({ id });
    showToast(
      data ? `Job ${data.retryJob.id} does it again` : 'The job was not retried',
      error && describeError(error),
    );
    onChange();
  };
  return (
    <>
      {isOpen(status) && (
        <Button variant="danger" onClick={() => setIsAsking(true)}>
          Cancel job
        </Button>
      )}
      {status === 'FAILED' && (
        <Button isBusy={isRetrying} onClick={retryJob}>
          Retry
        </Button>
      )}
      <ConfirmDialog
        title="Cancel this job?"
        action="Cancel job"
        isOpen={isAsking}
        isBusy={isCancelling}
        onConfirm={confirmCancel}
        onClose={() => setIsAsking(false)}
      >
        <p>It ends at once. What it has produced so far is charged, and its result is lost.</p>
      </ConfirmDialog>
    </>
  );
}
