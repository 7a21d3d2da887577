import { findIdempotencyKey } from '../db/queries/idempotency-keys.ts';
import { findJobs } from '../db/queries/jobs.ts';
import { insertJobs, type NewJob } from '../db/queries/new-jobs.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { findIdempotencyKeyProblem, idempotencyKeyReusedError } from '../domain/idempotency-key.ts';
import { newId } from '../domain/ids.ts';
import type { Job, JobType } from '../domain/job.ts';
import type { RequestPrincipal } from '../domain/principal.ts';
import type { ChatRequest } from '../domain/request.ts';
import { fingerprint } from '../lib/sha256.ts';
import { enqueueJobs } from './enqueue-jobs.ts';
import type { JobDependencies } from './job-dependencies.ts';

/** A job that is asked for. */
export interface JobRequest {
  readonly type: JobType;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly call: Omit<ChatRequest, 'model'>;
  /** The caller's own: given back as it came. */
  readonly metadata?: unknown;
  /** Told of the job's end. Checked before it comes here. */
  readonly webhookUrl?: string | undefined;
  /** The same key with the same request gives the same job for 24 hours. */
  readonly idempotencyKey?: string | undefined;
}

/** A job that was made, or the one that its idempotency key had made before, as that was answered then. */
export interface SubmittedJob {
  readonly job: Job;
  readonly replayed: boolean;
}

const enqueueTimeoutMs = 1_000;

/**
 * Makes up to 100 jobs, all or none: their rows first, in one transaction, then messages with their ids. Throws
 * `invalid_request` where no provider can be chosen for one, `forbidden` for what the caller's key is not allowed, `unprocessable` for an idempotency key that has been used for
 * something else. A queue that refuses or hangs costs at most a second: the next sweep sends what it did not take.
 */
export async function submitJobs(
  dependencies: JobDependencies,
  principal: RequestPrincipal,
  requests: readonly JobRequest[],
): Promise<SubmittedJob[]> {
  const { database } = dependencies;
  checkKeys(requests);
  const asked = await Promise.all(requests.map((request) => toNewJob(dependencies, principal, request)));
  const made = await insertJobs(database, asked);
  const enqueued = enqueueJobs(dependencies, [...made], enqueueTimeoutMs);
  const keyed = asked.map(({ id, idempotency }) =>
    made.has(id) ? id : jobOfKey(dependencies, principal.tenantId, idempotency),
  );
  const ids = await Promise.all(keyed).catch(async (error: unknown) => {
    await enqueued;
    throw error;
  });
  const rows = new Map((await findJobs(database, principal.tenantId, ids)).map((job) => [job.id, job]));
  await enqueued;
  return ids.map((id) => {
    const job = rows.get(id);
    if (!job) throw new GatewayError('internal');
    return { job: asFirstAnswered(job), replayed: !made.has(id) };
  });
}

async function toNewJob(
  { gateway }: JobDependencies,
  principal: RequestPrincipal,
  { idempotencyKey, ...request }: JobRequest,
): Promise<NewJob> {
  const { tenantId, keyId } = principal;
  const { provider, model } = await gateway.chooseTarget({ ...request, principal });
  const idempotency =
    idempotencyKey === undefined
      ? undefined
      : { key: idempotencyKey, fingerprint: await fingerprint({ job: request }) };
  return { ...request, id: newId('job'), tenantId, keyId, provider: provider.id, model, idempotency };
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

/** The job that an idempotency key has made. */
async function jobOfKey(
  { database }: JobDependencies,
  tenantId: string,
  idempotency: NewJob['idempotency'],
): Promise<string> {
  const known = idempotency && (await findIdempotencyKey(database, tenantId, idempotency.key));
  if (idempotency && known?.fingerprint === idempotency.fingerprint && known.jobId !== null) return known.jobId;
  throw idempotencyKeyReusedError();
}

/** The same answer however far the job has come meanwhile: as it was when it had just been made. */
function asFirstAnswered(job: Job): Job {
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
    eventCount: 1,
    startedAt: null,
    finishedAt: null,
    deadLetteredAt: null,
    purgedAt: null,
  };
}
