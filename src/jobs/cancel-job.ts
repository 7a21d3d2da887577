import { cancelJob as cancelRow, findJob } from '../db/queries/jobs.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import type { JobDependencies } from './job-dependencies.ts';

/**
 * Cancels a tenant's pending or running job; a cancelled job is returned as it is. Throws `not_found`, and `conflict` for a job
 * that has completed or failed.
 */
export async function cancelJob(
  { database, enqueueJobWebhook }: Pick<JobDependencies, 'database' | 'enqueueJobWebhook'>,
  tenantId: string,
  id: string,
): Promise<Job> {
  const cancelled = await cancelRow(database, tenantId, id);
  if (cancelled) {
    await enqueueJobWebhook(cancelled);
    return cancelled;
  }
  const job = await findJob(database, tenantId, id);
  if (!job) throw new GatewayError('not_found', `There is no job ${id.slice(0, 64)}.`);
  if (job.status === 'CANCELLED') return job;
  throw new GatewayError('conflict', `Job ${job.id} is ${job.status} already and cannot be cancelled.`);
}
