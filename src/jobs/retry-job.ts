import { findJob, findRetries } from '../db/queries/jobs.ts';
import { findJobInput } from '../db/queries/response-jobs.ts';
import { GatewayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import type { Job } from '../domain/job.ts';
import type { RequestPrincipal } from '../domain/principal.ts';
import { insertPendingJobs } from './insert-pending-jobs.ts';
import type { JobDependencies } from './job-dependencies.ts';
import { jobOutbox } from './job-outbox.ts';
import { toRequestedModel } from './requested-model.ts';

/**
 * Retries a failed job as a new job, because a final status never changes. A failed job is retried once: each further call
 * returns the same new job as it is then. Throws `not_found`, `conflict` for a job that has not failed or whose input has been
 * purged, `forbidden` for a provider or model that the key is not allowed to use, and `rate_limited` if too many jobs of the
 * tenant are pending.
 */
export async function retryJob(dependencies: JobDependencies, principal: RequestPrincipal, id: string): Promise<Job> {
  const { database, gateway } = dependencies;
  const { tenantId, keyId } = principal;
  const [failed, input] = await Promise.all([findJob(database, tenantId, id), findJobInput(database, tenantId, id)]);
  if (!failed) throw new GatewayError('not_found', `There is no job ${id.slice(0, 64)}.`);
  if (failed.status !== 'FAILED') {
    throw new GatewayError('conflict', `Job ${failed.id} is ${failed.status}: only a failed job can be retried.`);
  }
  const existing = (await findRetries(database, [id])).get(id);
  if (existing) return existing;
  if (!input?.call && !input?.response)
    throw new GatewayError('conflict', `The input of job ${failed.id} has been deleted: make a new job.`);
  const { type, metadata, webhookUrl } = failed;
  // Throws if the key may not use it. The retry runs and is billed with the key that asks for it.
  const { provider, model } = await gateway.chooseTarget({ principal, ...toRequestedModel(failed) });
  const target = { provider: provider.id, model };
  const retry = { id: newId('job'), tenantId, keyId, type, ...target, ...input, metadata, retryOf: id };
  // `retry_of` is unique: of several calls at the same moment one inserts, and all return the job that it has inserted.
  const insertedIds = await insertPendingJobs(dependencies, [{ ...retry, webhookUrl: webhookUrl ?? undefined }]);
  await jobOutbox.enqueue(dependencies, [...insertedIds]);
  const job = (await findRetries(database, [id])).get(id);
  if (!job) throw new GatewayError('internal');
  return job;
}
