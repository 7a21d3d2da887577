import { type GatewayError, toGatewayError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { type AttemptEnd, type ClaimedJob, claimJob, endAttempt } from '../db/queries/job-leases.ts';
import { stream } from '../gateway/stream.ts';
import { toLedgerRow, type UsageRecord } from '../usage/usage-record.ts';
import { holdLease, leaseMs } from './hold-lease.ts';
import type { JobDependencies } from './job-dependencies.ts';
import { retryDelayMs } from './retry-delay.ts';

const mostAttempts = 5;

/** What the queue has to do with the message: nothing more, or bring it again. */
export type RunOutcome = { readonly again: false } | { readonly again: true; readonly delayMs: number };

/**
 * Claims a job and works on it, through the same gateway as any call. Whatever ends the attempt is written together with
 * what it used; nothing is, where the lease was lost meanwhile. Rejects where the database fails: the lease then runs out.
 */
export async function runJob(dependencies: JobDependencies, id: string): Promise<RunOutcome> {
  const { database, logger } = dependencies;
  const token = newId('lease');
  const requestId = newId('req');
  const job = await claimJob(database, { id, token, leaseMs, requestId });
  if (!job) return { again: false };
  if (job.attemptCount > mostAttempts) {
    // Each of them died without a word, or it would have ended the job.
    const end = {
      status: 'FAILED',
      errorCode: 'internal',
      errorMessage: 'Every attempt at this job was cut off.',
    } as const;
    await endAttempt(database, { id, token }, end, undefined);
    return { again: false };
  }
  const lease = holdLease(database, { id, token });
  const { end, record } = await attempt(dependencies, job, requestId, lease.lost);
  lease.stop();
  const mine = await endAttempt(database, { id, token }, end, record && toLedgerRow(record));
  logger.info('job', { jobId: id, requestId, attempt: job.attemptCount, status: mine ? end.status : 'lease lost' });
  return mine && end.status === 'PENDING' ? { again: true, delayMs: end.delayMs } : { again: false };
}

async function attempt(
  { gateway }: JobDependencies,
  job: ClaimedJob,
  requestId: string,
  lost: AbortSignal,
): Promise<{ end: AttemptEnd; record: UsageRecord | undefined }> {
  let record: UsageRecord | undefined;
  // The row goes into the statement that ends the attempt, not through the queue.
  const recordUsage = (settled: UsageRecord) => {
    record = settled;
  };
  const background: Promise<unknown>[] = [];
  const request = {
    requestId,
    caller: { tenantId: job.tenantId, tenantName: '', tenantActive: true, keyId: job.keyId },
    source: 'job' as const,
    provider: job.provider,
    model: job.model,
    call: job.call,
    signal: lost,
    waitUntil: (work: Promise<unknown>) => void background.push(work),
  };
  try {
    const { result, finishReason } = await collect(await stream({ ...gateway, recordUsage }, request));
    return { end: { status: 'COMPLETED', result, finishReason }, record };
  } catch (thrown) {
    return { end: endOf(toGatewayError(thrown), job), record };
  } finally {
    await Promise.allSettled(background);
  }
}

async function collect({
  events,
}: Awaited<ReturnType<typeof stream>>): Promise<{ result: string; finishReason: string }> {
  let result = '';
  let finishReason = 'other';
  for await (const batch of events) {
    for (const event of batch) {
      if (event.type === 'text') result += event.text;
      else if (event.type === 'done') finishReason = event.result.finishReason;
    }
  }
  return { result, finishReason };
}

function endOf(error: GatewayError, { attemptCount }: ClaimedJob): AttemptEnd {
  const failure = { errorCode: error.code, errorMessage: error.message };
  if (!error.retryable || attemptCount >= mostAttempts) return { status: 'FAILED', ...failure };
  return { status: 'PENDING', ...failure, delayMs: retryDelayMs(attemptCount, error.retryAfterSeconds) };
}
