import { cancelJob as cancelRow, findJob } from '../db/queries/jobs.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import type { JobDependencies } from './job-dependencies.ts';

/**
 * Cancels a tenant's pending or running job. Returns a job that is cancelled already as it is, so that a repeated call succeeds. Throws
 * `not_found`, also for a job of another tenant, and `conflict` for a job that has completed or failed.
 *
 * The status changes at once. A worker that runs the job finds out by its next heartbeat (`holdLease`), ends the provider's request, and
 * adds the tokens and the cost to the cancelled job.
 */
export async function cancelJob(
  { database, enqueueJobWebhook }: Pick<JobDependencies, 'database' | 'enqueueJobWebhook'>,
  tenantId: string,
  id: string,
): Promise<Job> {
  const cancelled = await cancelRow(database, tenantId, id);
  if (cancelled) {
    // The statement has inserted the delivery, by a trigger.
    await enqueueJobWebhook(cancelled);
    return cancelled;
  }
  // Only to say why: the statement above decides, so a job that ends at the same moment is never cancelled.
  const job = await findJob(database, tenantId, id);
  if (!job) throw new GatewayError('not_found', `There is no job ${id.slice(0, 64)}.`);
  if (job.status === 'CANCELLED') return job;
  throw new GatewayError('conflict', `Job ${job.id} is ${job.status} already and cannot be cancelled.`);
}
