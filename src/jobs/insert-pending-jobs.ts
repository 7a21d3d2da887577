import { insertJobs, type NewJob } from '../db/queries/new-jobs.ts';
import { GatewayError } from '../domain/errors.ts';
import type { JobDependencies } from './job-dependencies.ts';

/** Pending jobs take long to run when there are this many. */
const retryAfterSeconds = 30;

/**
 * Inserts jobs of one tenant, all or none, and returns the ids of the inserted ones, as `insertJobs` does. Throws
 * `rate_limited` if the tenant would have more than the maximum of pending jobs.
 */
export async function insertPendingJobs(
  { database, maxPendingJobs }: Pick<JobDependencies, 'database' | 'maxPendingJobs'>,
  newJobs: readonly NewJob[],
): Promise<ReadonlySet<string>> {
  const { ids, exceedsMax } = await insertJobs(database, newJobs, maxPendingJobs);
  if (!exceedsMax) return ids;
  throw new GatewayError(
    'rate_limited',
    `A tenant can have at most ${maxPendingJobs} pending jobs: wait until some of them have run, or cancel some.`,
    { retryAfterSeconds, detail: 'pending_jobs' },
  );
}
