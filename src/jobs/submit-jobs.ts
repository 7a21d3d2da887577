import { findIdempotencyKey } from '../db/queries/idempotency-keys.ts';
import { findJobs } from '../db/queries/jobs.ts';
import type { NewJob } from '../db/queries/new-jobs.ts';
import type { ResponseJobInput } from '../db/queries/response-jobs.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { findIdempotencyKeyProblem, idempotencyKeyReusedError } from '../domain/idempotency-key.ts';
import { newId } from '../domain/ids.ts';
import type { Job, JobType } from '../domain/job.ts';
import type { RequestPrincipal } from '../domain/principal.ts';
import type { ChatRequest } from '../domain/request.ts';
import type { Attribution } from '../gateway/attribution.ts';
import { fingerprint } from '../lib/sha256.ts';
import { insertPendingJobs } from './insert-pending-jobs.ts';
import type { JobDependencies } from './job-dependencies.ts';
import { jobOutbox } from './job-outbox.ts';

/** A request to create a job. */
export interface JobRequest {
  readonly type: JobType;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** The models that the client lists, in the order in which they are tried. */
  readonly models?: readonly string[] | undefined;
  /** The request as the gateway takes it. Absent for a job of the type `RESPONSE`. */
  readonly request?: Omit<ChatRequest, 'model'> | undefined;
  /** The Responses request of a job of the type `RESPONSE`. */
  readonly response?: ResponseJobInput | undefined;
  /** To whom the request is attributed. */
  readonly attribution?: Attribution | undefined;
  /** The client's own JSON, returned unchanged. */
  readonly metadata?: unknown;
  /** Receives the job's end. Already checked. */
  readonly webhookUrl?: string | undefined;
  /** For 24 hours the same key with the same request returns the same job. */
  readonly idempotencyKey?: string | undefined;
}

/** A new job, or the existing job of its idempotency key as it was first returned. */
export interface SubmittedJob {
  readonly job: Job;
  readonly replayed: boolean;
}

/**
 * Creates up to 100 jobs, all or none: first their rows, in one transaction, then messages with their ids. Throws
 * `invalid_request` if no provider can be chosen for one, `forbidden` for a provider or model that the key is not allowed to
 * use, `unprocessable` for an idempotency key that belongs to another request, and `rate_limited` if too many jobs of the
 * tenant are pending. A queue that refuses or hangs costs at most a second: the next sweep sends what it did not take.
 */
export async function submitJobs(
  dependencies: JobDependencies,
  principal: RequestPrincipal,
  requests: readonly JobRequest[],
): Promise<SubmittedJob[]> {
  const { database } = dependencies;
  checkKeys(requests);
  const newJobs = await Promise.all(requests.map((request) => toNewJob(dependencies, principal, request)));
  // Inserts none if one idempotency key belongs to another request: `findJobIdOfKey` then throws.
  const insertedIds = await insertPendingJobs(dependencies, newJobs);
  const enqueued = jobOutbox.enqueue(dependencies, [...insertedIds]);
  const resolvedIds = newJobs.map(({ id, idempotency }) =>
    insertedIds.has(id) ? id : findJobIdOfKey(dependencies, principal.tenantId, idempotency),
  );
  const ids = await Promise.all(resolvedIds).catch(async (error: unknown) => {
    await enqueued;
    throw error;
  });
  const rows = new Map((await findJobs(database, principal.tenantId, ids)).map((job) => [job.id, job]));
  await enqueued;
  return ids.map((id) => {
    const job = rows.get(id);
    if (!job) throw new GatewayError('internal');
    return { job: asFirstReturned(job), replayed: !insertedIds.has(id) };
  });
}

async function toNewJob(
  { gateway }: JobDependencies,
  principal: RequestPrincipal,
  { idempotencyKey, request, response, attribution, ...fields }: JobRequest,
): Promise<NewJob> {
  const { tenantId, keyId } = principal;
  const { provider, model, models } = await gateway.chooseTarget({ ...fields, ...attribution, principal });
  // The column and the stored fingerprints call the request `call`.
  const job = response ? { ...fields, responseRequest: response.request } : { ...fields, call: request };
  const idempotency =
    idempotencyKey === undefined ? undefined : { key: idempotencyKey, fingerprint: await fingerprint({ job }) };
  const input = { call: request, response, ...attribution };
  return { ...fields, ...input, id: newId('job'), tenantId, keyId, provider: provider.id, model, models, idempotency };
}

function checkKeys(requests: readonly JobRequest[]): void {
  const keys = requests.flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
  for (const key of keys) {
    const problem = findIdempotencyKeyProblem(key);
    if (problem !== undefined) throw invalidFieldError(['idempotencyKey'], problem);
  }
  if (new Set(keys).size < keys.length) {
    throw invalidFieldError(['idempotencyKey'], 'two of these jobs have the same one');
  }
}

/** Finds the job of an idempotency key. Throws `unprocessable` if the key belongs to another request. */
async function findJobIdOfKey(
  { database }: JobDependencies,
  tenantId: string,
  idempotency: NewJob['idempotency'],
): Promise<string> {
  const existing = idempotency && (await findIdempotencyKey(database, tenantId, idempotency.key));
  if (idempotency && existing?.fingerprint === idempotency.fingerprint && existing.jobId !== null)
    return existing.jobId;
  throw idempotencyKeyReusedError();
}

/**
 * A job as it was when it was created, so that a repeated request gets the same response. Of several targets it has the one that has
 * answered since.
 */
function asFirstReturned(job: Job): Job {
  return {
    ...job,
    status: 'PENDING',
    result: null,
    finishReason: null,
    errorCode: null,
    errorMessage: null,
    tokensIn: null,
    tokensOut: null,
    costNanoUsd: null,
    attemptCount: 0,
    // Event 1 is the status PENDING, which a trigger writes with the row.
    eventCount: 1,
    startedAt: null,
    finishedAt: null,
    deadLetteredAt: null,
    purgedAt: null,
  };
}
