import {
  type AttemptEnd,
  appendChunk,
  type ClaimedJob,
  claimJob,
  endAttempt,
  type JobOutput,
} from '../db/queries/job-leases.ts';
import { type ErrorCode, GatewayError, toGatewayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import { isFinal, type JobStatus } from '../domain/job.ts';
import type { ChatRequest } from '../domain/request.ts';
import { targetChatRequest } from '../gateway/target-chat-request.ts';
import type { MessageOutcome } from '../outbox/message-outcome.ts';
import { LoggedRequest } from '../request-log/logged-request.ts';
import { createRefusalEntry, createRequestEntry, type RequestEntry } from '../request-log/request-entry.ts';
import { toRequestRows } from '../usage/to-request-rows.ts';
import { toLedgerRow, type UsageRecord } from '../usage/usage-record.ts';
import type { SettledRequest } from '../usage/usage-recorder.ts';
import { checkResultLength } from './check-result-length.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { sendDeadLetters } from './dead-letters.ts';
import { holdLease, leaseMs } from './hold-lease.ts';
import { retryDelayMs } from './job-backoff.ts';
import type { JobAttempt, JobDependencies, JobReply } from './job-dependencies.ts';
import { toRequestedModel } from './requested-model.ts';

/** Attempts at the provider, lost Workers included. docs/guides/jobs.md promises this number. */
const maxAttempts = 5;
/**
 * The time limit of a job's request, independent of the limit of other requests: one that outlives its invocation (15 minutes) dies
 * without a ledger row and is sent again. The queue's consumer computes from it how late a job of a batch may still start.
 */
export const maxCallMs = 600_000;
/**
 * The pauses between the tries to write a result. A short failure of the database must not cost a second request to the provider. All
 * tries together take less time than a lease (15 s).
 */
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
    const log = createLog(job);
    const { end, records } = refusal
      ? { end: refusal, records: [] }
      : await attempt(dependencies, job, {
          requestId,
          log,
          lost: heartbeat.lost,
          write: (output) => chunks.add(output),
          waitUntil,
          onSettled: () => {
            markRowWritten = dependencies.reserveRow();
          },
        });
    // The budgets are charged already: usage that the statement did not write is recorded apart. Its request id is unique.
    const recordUsageOnly = () => records.length > 0 && gateway.recordUsage({ records, log }, waitUntil);
    const refused = { requestId, job, end, startedAtMs: claimedAtMs, endedAtMs: gateway.now() };
    const entry = records.length > 0 ? createRequestEntry(requestId, log) : createJobRefusal(refused, log);
    const rows = { attempts: records.map(toLedgerRow), requests: toRequestRows(entry ? [entry] : [], records) };
    const write = async () => endAttempt(database, lease, end, rows, await chunks.end());
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
  // The worker of the last attempt died: an attempt that fails at the maximum ends the job.
  if (attemptCount > maxAttempts) return failed('internal', 'Every attempt at this job was cut off.');
  return undefined;
}

function failed(errorCode: ErrorCode, errorMessage: string): AttemptEnd {
  return { status: 'FAILED', errorCode, errorMessage };
}

/** Enqueues what follows from a final status: the webhook, and the dead letter of a failure. Never rejects: sweeps send the rest. */
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

/** Rejects with the error of the last try. `work` has to be safe to repeat. */
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

/** Creates what the request log says of an attempt. */
function createLog({ id, input, endUser, sessionId, tags }: ClaimedJob): LoggedRequest {
  return new LoggedRequest({
    path: input.type === 'response' ? '/v1/responses' : '/api/jobs',
    jobId: id,
    endUser: endUser ?? undefined,
    sessionId: sessionId ?? undefined,
    tags: tags ?? undefined,
  });
}

interface EndedJob {
  readonly requestId: string;
  readonly job: ClaimedJob;
  readonly end: AttemptEnd;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Creates the log's entry of a job that has failed before any provider was asked; undefined where it has not. */
function createJobRefusal({ job, end, ...times }: EndedJob, log: LoggedRequest): RequestEntry | undefined {
  if (end.status !== 'FAILED') return undefined;
  const { tenantId, principal, provider, model } = job;
  const error = { code: end.errorCode, message: end.errorMessage };
  const owner = { tenantId, keyId: principal.keyId, clientRequestId: undefined, endUser: log.endUser };
  return createRefusalEntry({ ...times, ...owner, source: 'job', provider, model, error, represents: 1 }, log);
}

interface AttemptOptions {
  readonly requestId: string;
  readonly log: LoggedRequest;
  /** Aborted when the lease is lost. */
  readonly lost: AbortSignal;
  readonly write: (output: JobOutput) => void;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Called when the cost of the request is known. */
  readonly onSettled: () => void;
}

/**
 * Sends the job's request once. Never rejects: an error becomes the end of the attempt. `records` are the usage to charge; there are none
 * if no provider was asked.
 */
async function attempt(
  { gateway, runResponse }: JobDependencies,
  { input, ...job }: ClaimedJob,
  { requestId, log, lost, write, waitUntil, onSettled }: AttemptOptions,
): Promise<{ end: AttemptEnd; records: readonly UsageRecord[] }> {
  let records: readonly UsageRecord[] = [];
  // The rows go into the statement that ends the attempt, not through the queue.
  const recordUsage = (settled: SettledRequest) => {
    records = settled.records;
    onSettled();
  };
  const bounded = gateway.with({ maxTotalMs: maxCallMs, recordUsage });
  const request = { gateway: bounded, requestId, job, log, signal: lost, waitUntil, write };
  try {
    const reply = input.type === 'chat' ? await runChat(request, input.chat) : await runResponse(request, input);
    return { end: { status: 'COMPLETED', ...reply }, records };
  } catch (thrown) {
    const error = toGatewayError(thrown);
    const isDeferred = records.length === 0 && deferrableCodes.has(error.code);
    return { end: isDeferred ? deferAttempt(error) : toAttemptEnd(error, job), records };
  }
}

/** Sends a chat request. If its stream fails or the result is too long, ends the provider's work and rejects. */
async function runChat(
  { gateway, requestId, job, log, signal, waitUntil, write }: JobAttempt,
  chat: Omit<ChatRequest, 'model'>,
): Promise<JobReply> {
  const { principal } = job;
  const named = toRequestedModel(job);
  const request = {
    requestId,
    principal,
    source: 'job' as const,
    ...named,
    ...log.attribution,
    log,
    chat,
    signal,
    waitUntil,
  };
  const { events } = await gateway.run(request, (targeted) => gateway.stream(targetChatRequest(request, targeted)));
  let result = '';
  let finishReason = 'other';
  try {
    for (let batch = await events.read(); batch; batch = await events.read()) {
      for (const event of batch) {
        if (event.type === 'text') {
          result += event.text;
          checkResultLength(result.length);
          write({ content: event.text });
        } else if (event.type === 'done') finishReason = event.result.finishReason;
      }
    }
  } catch (error) {
    await events.stop();
    throw error;
  }
  return { result, finishReason };
}

/** Returns the end of a failed attempt: a retry after a growing delay if one can help and an attempt is left, else the job's failure. */
function toAttemptEnd(error: GatewayError, { attemptCount }: Pick<ClaimedJob, 'attemptCount'>): AttemptEnd {
  const failure = { errorCode: error.code, errorMessage: error.message };
  if (!error.retryable || attemptCount >= maxAttempts) return { status: 'FAILED', ...failure };
  return { status: 'PENDING', ...failure, delayMs: retryDelayMs(attemptCount, error.retryAfterSeconds) };
}

/** Errors of requests that did not start because of a limit, or because the limits could not be checked. */
const deferrableCodes: ReadonlySet<ErrorCode> = new Set(['rate_limited', 'unavailable', 'budget_exceeded']);

/** The maximum delay if the limit may free at any time, such as a concurrency slot. To try again costs no attempt. */
const maxDelayForEarlyReleaseSeconds = 2;

/**
 * Returns the end of an attempt that reached no provider. The job waits for the limit, however often, and the attempt does not count.
 * A limit that can never admit the request (not retryable) fails the job.
 */
function deferAttempt(error: GatewayError): AttemptEnd {
  const { code, message, retryable, retryAfterSeconds = 0, mayPassSooner } = error;
  const waitSeconds = mayPassSooner ? Math.min(retryAfterSeconds, maxDelayForEarlyReleaseSeconds) : retryAfterSeconds;
  const deferral = new GatewayError(code, message, { retryable, retryAfterSeconds: waitSeconds });
  // As after a first attempt: the delay does not grow with attempts that do not count.
  const end = toAttemptEnd(deferral, { attemptCount: 1 });
  return end.status === 'PENDING' ? { ...end, skipAttemptCount: true } : end;
}
