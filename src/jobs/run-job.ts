import { type AttemptEnd, appendChunk, type ClaimedJob, claimJob, endAttempt } from '../db/queries/job-leases.ts';
import { type ErrorCode, GatewayError, toGatewayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import { isFinal, type JobStatus } from '../domain/job.ts';
import type { StreamedChat } from '../gateway/chat-stream.ts';
import { toLedgerRow, type UsageRecord } from '../usage/usage-record.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { sendDeadLetters } from './dead-letters.ts';
import { holdLease, leaseMs } from './hold-lease.ts';
import { retryDelayMs } from './job-backoff.ts';
import type { JobDependencies } from './job-dependencies.ts';

const maxAttempts = 5;
/**
 * What a job's call may take in all, whatever other calls may: one that outlives its invocation dies unbilled and is made
 * again.
 */
export const maxCallMs = 600_000;
/** A database that fails for a moment must not cost a second provider call. All tries together are shorter than a lease. */
const writeDelaysMs = [200, 1_000];

/** What the queue has to do with the message: nothing more, or bring it again. */
export type RunOutcome = { readonly again: false } | { readonly again: true; readonly delayMs: number };

/**
 * Claims a job and works on it, through the same gateway as any call. Whatever ends the attempt is written together with
 * what it used; where the lease was lost meanwhile, only what it used is. Rejects where the database fails: the lease then
 * runs out.
 * `waitUntil` keeps work alive that nobody has to wait for.
 */
export async function runJob(
  dependencies: JobDependencies,
  id: string,
  waitUntil: (work: Promise<unknown>) => void = () => undefined,
): Promise<RunOutcome> {
  const { database, gateway, logger } = dependencies;
  const lease = { id, token: newId('lease') };
  const requestId = newId('req');
  const askedAtMs = Date.now();
  const job = await claimJob(database, { ...lease, leaseMs, requestId });
  if (!job) return { again: false };
  const held = holdLease(database, { ...lease, askedAtMs });
  let markRowWritten = () => {};
  try {
    const chunks = new ChunkWriter({
      eventCount: job.eventCount,
      write: (chunk) => appendChunk(database, lease, chunk),
    });
    const refused = refusalOf(job);
    const { end, record } = refused
      ? { end: refused, record: undefined }
      : await attempt(dependencies, job, {
          requestId,
          lost: held.lost,
          onText: (text) => chunks.add(text),
          waitUntil,
          onSettled: () => {
            markRowWritten = dependencies.reserveRow();
          },
        });
    // Charged to the budgets already: what the statement has not written goes its own way. Nothing is booked twice by that.
    const recordUsageOnly = () => record && gateway.recordUsage(record, waitUntil);
    const write = async () => endAttempt(database, lease, end, record && toLedgerRow(record), await chunks.end());
    const status = await tryAgain(write).catch((error: unknown) => {
      recordUsageOnly();
      throw error;
    });
    if (status === undefined) recordUsageOnly();
    logger.info('job', { jobId: id, requestId, attempt: job.attemptCount, status: status ?? 'lease lost' });
    await announce(dependencies, job, status);
    return status === 'PENDING' && end.status === 'PENDING' ? { again: true, delayMs: end.delayMs } : { again: false };
  } finally {
    markRowWritten();
    held.stop();
  }
}

/** Why a job is not even begun: who asked for it may have lost the right to since. A key that ran out may still finish. */
function refusalOf({ attemptCount, keyRevoked, principal }: ClaimedJob): AttemptEnd | undefined {
  if (keyRevoked) return failed('unauthorized', 'The API key that asked for this job has been revoked.');
  if (!principal.tenantActive) return failed('forbidden', 'The tenant of this job is suspended.');
  // Each of them died without a word, or it would have ended the job.
  if (attemptCount > maxAttempts) return failed('internal', 'Every attempt at this job was cut off.');
  return undefined;
}

function failed(errorCode: ErrorCode, errorMessage: string): AttemptEnd {
  return { status: 'FAILED', errorCode, errorMessage };
}

async function announce(dependencies: JobDependencies, job: ClaimedJob, status: JobStatus | undefined): Promise<void> {
  if (status === undefined || !isFinal({ status })) return;
  await Promise.all([
    dependencies.enqueueJobWebhook(job),
    status === 'FAILED' ? sendDeadLetters(dependencies, [job.id]) : undefined,
  ]);
}

async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (const delayMs of writeDelaysMs) {
    try {
      return await work();
    } catch {
      await scheduler.wait(delayMs);
    }
  }
  return await work();
}

interface AttemptOptions {
  readonly requestId: string;
  /** Aborted when the job is no longer this worker's. */
  readonly lost: AbortSignal;
  readonly onText: (text: string) => void;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Told at the moment when what the call has cost is known. */
  readonly onSettled: () => void;
}

async function attempt(
  { gateway }: JobDependencies,
  job: ClaimedJob,
  { requestId, lost, onText, waitUntil, onSettled }: AttemptOptions,
): Promise<{ end: AttemptEnd; record: UsageRecord | undefined }> {
  let record: UsageRecord | undefined;
  // The row goes into the statement that ends the attempt, not through the queue.
  const recordUsage = (settled: UsageRecord) => {
    record = settled;
    onSettled();
  };
  const bounded = gateway.with({ maxTotalMs: maxCallMs, recordUsage });
  const request = {
    requestId,
    principal: job.principal,
    source: 'job' as const,
    provider: job.provider,
    model: job.model,
    chat: job.call,
    signal: lost,
    waitUntil,
  };
  try {
    const { result, finishReason } = await collect(await bounded.stream(request), onText);
    return { end: { status: 'COMPLETED', result, finishReason }, record };
  } catch (thrown) {
    const error = toGatewayError(thrown);
    return { end: record || !passes.has(error.code) ? endOf(error, job) : deferAttempt(error, job), record };
  }
}

/** An isolate has 128 MB for all that goes on in it. */
const maxResultLength = 32 * 1024 * 1024;

function tooLong(): GatewayError {
  return new GatewayError('provider_error', 'The provider sent more than 32 MB.', { retryable: false });
}

async function collect(
  { events }: StreamedChat,
  onText: (text: string) => void,
): Promise<{ result: string; finishReason: string }> {
  let result = '';
  let finishReason = 'other';
  try {
    for (let batch = await events.read(); batch; batch = await events.read()) {
      for (const event of batch) {
        if (event.type === 'text') {
          result += event.text;
          if (result.length > maxResultLength) throw tooLong();
          onText(event.text);
        } else if (event.type === 'done') finishReason = event.result.finishReason;
      }
    }
  } catch (error) {
    await events.stop();
    throw error;
  }
  return { result, finishReason };
}

function endOf(error: GatewayError, { attemptCount }: ClaimedJob): AttemptEnd {
  const failure = { errorCode: error.code, errorMessage: error.message };
  if (!error.retryable || attemptCount >= maxAttempts) return { status: 'FAILED', ...failure };
  return { status: 'PENDING', ...failure, delayMs: retryDelayMs(attemptCount, error.retryAfterSeconds) };
}

/** Why a call is not begun: a limit, or what counts it. */
const passes: ReadonlySet<ErrorCode> = new Set(['rate_limited', 'unavailable', 'budget_exceeded']);

/** A call that no provider has seen: a limit that frees in time is waited for, however often, and costs no attempt. */
function deferAttempt(error: GatewayError, job: ClaimedJob): AttemptEnd {
  const end = endOf(error, { ...job, attemptCount: 1 });
  return end.status === 'PENDING' ? { ...end, skipAttemptCount: true } : end;
}
