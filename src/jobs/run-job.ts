import { type AttemptEnd, appendChunk, type ClaimedJob, claimJob, endAttempt } from '../db/queries/job-leases.ts';
import { type ErrorCode, GatewayError, toGatewayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import { isFinal, type JobStatus } from '../domain/job.ts';
import type { StreamedChat } from '../gateway/chat-stream.ts';
import type { MessageOutcome } from '../outbox/message-outcome.ts';
import { toLedgerRow, type UsageRecord } from '../usage/usage-record.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { sendDeadLetters } from './dead-letters.ts';
import { holdLease, leaseMs } from './hold-lease.ts';
import { retryDelayMs } from './job-backoff.ts';
import type { JobDependencies } from './job-dependencies.ts';

const maxAttempts = 5;
/**
 * The time limit of a job's request, independent of the limit of other requests: one that outlives its invocation dies without a
 * ledger row and is sent again.
 */
export const maxCallMs = 600_000;
/** A short failure of the database must not cost a second request. All writes together take less time than a lease. */
const writeDelaysMs = [200, 1_000];

/**
 * Claims a job and runs it through the same gateway as any request. The result of the attempt is written together with its
 * usage; if the lease was lost, only the usage is. Rejects if the database fails: then the lease expires. `waitUntil` keeps
 * background work alive.
 */
export async function runJob(
  dependencies: JobDependencies,
  id: string,
  waitUntil: (work: Promise<unknown>) => void = () => undefined,
): Promise<MessageOutcome> {
  const { database, gateway, logger } = dependencies;
  const lease = { id, token: newId('lease') };
  const requestId = newId('req');
  const claimedAtMs = Date.now();
  const job = await claimJob(database, { ...lease, leaseMs, requestId });
  if (!job) return { action: 'ack' };
  const heartbeat = holdLease(database, { ...lease, claimedAtMs });
  let markRowWritten = () => {};
  try {
    const chunks = new ChunkWriter({
      eventCount: job.eventCount,
      write: (chunk) => appendChunk(database, lease, chunk),
    });
    const refusal = findRefusal(job);
    const { end, record } = refusal
      ? { end: refusal, record: undefined }
      : await attempt(dependencies, job, {
          requestId,
          lost: heartbeat.lost,
          onText: (text) => chunks.add(text),
          waitUntil,
          onSettled: () => {
            markRowWritten = dependencies.reserveRow();
          },
        });
    // The budgets are charged already: usage that the statement did not write is recorded apart. Its request id is unique.
    const recordUsageOnly = () => record && gateway.recordUsage(record, waitUntil);
    const write = async () => endAttempt(database, lease, end, record && toLedgerRow(record), await chunks.end());
    const status = await retryWrite(write).catch((error: unknown) => {
      recordUsageOnly();
      throw error;
    });
    if (status === undefined) recordUsageOnly();
    logger.info('job', { jobId: id, requestId, attempt: job.attemptCount, status: status ?? 'lease lost' });
    await enqueueNotifications(dependencies, job, status);
    if (status !== 'PENDING' || end.status !== 'PENDING') return { action: 'ack' };
    return { action: 'retry', delayMs: end.delayMs };
  } finally {
    markRowWritten();
    heartbeat.stop();
  }
}

/** Returns why a job must not start: its key or tenant may have lost the right since. The jobs of an expired key still run. */
function findRefusal({ attemptCount, keyRevoked, principal }: ClaimedJob): AttemptEnd | undefined {
  if (keyRevoked) return failed('unauthorized', 'The API key that asked for this job has been revoked.');
  if (!principal.tenantActive) return failed('forbidden', 'The tenant of this job is suspended.');
  // The worker of each attempt died, or it would have ended the job.
  if (attemptCount > maxAttempts) return failed('internal', 'Every attempt at this job was cut off.');
  return undefined;
}

function failed(errorCode: ErrorCode, errorMessage: string): AttemptEnd {
  return { status: 'FAILED', errorCode, errorMessage };
}

async function enqueueNotifications(
  dependencies: JobDependencies,
  job: ClaimedJob,
  status: JobStatus | undefined,
): Promise<void> {
  if (status === undefined || !isFinal({ status })) return;
  await Promise.all([
    dependencies.enqueueJobWebhook(job),
    status === 'FAILED' ? sendDeadLetters(dependencies, [job.id]) : undefined,
  ]);
}

async function retryWrite<T>(work: () => Promise<T>): Promise<T> {
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
  /** Aborted when the lease is lost. */
  readonly lost: AbortSignal;
  readonly onText: (text: string) => void;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Called when the cost of the request is known. */
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

/** How long a job waits for what may free at any time. It costs no attempt to ask again. */
const maxSoonerSeconds = 2;

/** A call that no provider has seen: a limit that frees in time is waited for, however often, and costs no attempt. */
function deferAttempt(error: GatewayError, job: ClaimedJob): AttemptEnd {
  const { code, message, retryable, retryAfterSeconds = 0, mayPassSooner } = error;
  const waitSeconds = mayPassSooner ? Math.min(retryAfterSeconds, maxSoonerSeconds) : retryAfterSeconds;
  const deferral = new GatewayError(code, message, { retryable, retryAfterSeconds: waitSeconds });
  const end = endOf(deferral, { ...job, attemptCount: 1 });
  return end.status === 'PENDING' ? { ...end, skipAttemptCount: true } : end;
}
