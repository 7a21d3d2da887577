import { findJob, findJobRequests, findRetries } from '../db/queries/jobs.ts';
import { insertJobs } from '../db/queries/new-jobs.ts';
import { GatewayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import type { Job } from '../domain/job.ts';
import type { RequestPrincipal } from '../domain/principal.ts';
import { chooseProvider } from '../gateway/choose-provider.ts';
import { enqueueJobs } from './enqueue-jobs.ts';
import type { JobDependencies } from './job-dependencies.ts';

const enqueueTimeoutMs = 1_000;

/**
 * Does a failed job again, as a new job: a final state never changes. However often it is asked for, a failed job is done
 * again once; the new job is returned each time, as it stands. Throws `not_found`, and `conflict` for a job that has not
 * failed or whose input has been purged, `forbidden` for what the caller's key is not allowed.
 */
export async function retryJob(dependencies: JobDependencies, principal: RequestPrincipal, id: string): Promise<Job> {
  const { database, gateway } = dependencies;
  const { tenantId, keyId } = principal;
  const [failed, calls] = await Promise.all([findJob(database, tenantId, id), findJobRequests(database, [id])]);
  if (!failed) throw new GatewayError('not_found', `There is no job ${id.slice(0, 64)}.`);
  if (failed.status !== 'FAILED') {
    throw new GatewayError('conflict', `Job ${failed.id} is ${failed.status}: only a failed job can be retried.`);
  }
  const known = (await findRetries(database, [id])).get(id);
  if (known) return known;
  const call = calls.get(id);
  if (!call) throw new GatewayError('conflict', `The input of job ${failed.id} has been deleted: make a new job.`);
  const { type, provider, model, metadata, webhookUrl } = failed;
  await chooseProvider(gateway, { principal, provider, model });
  const retry = { id: newId('job'), tenantId, keyId, type, provider, model, call, metadata, retryOf: id };
  const made = await insertJobs(database, [{ ...retry, webhookUrl: webhookUrl ?? undefined }]);
  await enqueueJobs(dependencies, [...made], enqueueTimeoutMs);
  const job = (await findRetries(database, [id])).get(id);
  if (!job) throw new GatewayError('internal');
  return job;
}
