import type { ChatCall } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import { newId } from '../core/ids.ts';
import type { Job, JobType } from '../core/job.ts';
import { errorName } from '../core/logger.ts';
import { within } from '../core/within.ts';
import { insertJob, markNotEnqueued } from '../db/queries/jobs.ts';
import type { JobDependencies } from './job-dependencies.ts';

interface NewJobRequest {
  readonly caller: Caller;
  readonly type: JobType;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly call: Omit<ChatCall, 'model'>;
  readonly metadata?: unknown;
}

const enqueueTimeoutMs = 1_000;

/**
 * Makes a job: its row first, then a message with its id. Throws `invalid_request` where no provider can be chosen. A queue
 * that refuses or hangs costs at most a second: the next sweep sends what it did not take.
 */
export async function submitJob(dependencies: JobDependencies, request: NewJobRequest): Promise<Job> {
  const { database, enqueue, gateway, logger } = dependencies;
  const { provider, model } = gateway.registry.resolve(request);
  const { tenantId, keyId } = request.caller;
  const { type, call, metadata } = request;
  const id = newId('job');
  const job = await insertJob(database, { id, tenantId, keyId, type, provider: provider.id, model, call, metadata });
  try {
    await within(enqueueTimeoutMs, enqueue({ version: 1, jobId: id }));
  } catch (error) {
    logger.warn('a job could not be enqueued: the next sweep will', { jobId: id, cause: errorName(error) });
    await markNotEnqueued(database, id).catch(() => undefined);
  }
  return job;
}
