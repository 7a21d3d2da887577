import { errorName } from '../core/logger.ts';
import { within } from '../core/within.ts';
import { markNotEnqueued, takeUnqueued } from '../db/queries/jobs.ts';
import type { JobDependencies } from './job-dependencies.ts';

const mostAtOnce = 100;
const enqueueTimeoutMs = 2_000;

/** Enqueues the jobs that are due and that no message will bring: what a crash or a failing queue has left behind. */
export async function sweepJobs({ database, enqueue, logger }: JobDependencies): Promise<void> {
  const ids = await takeUnqueued(database, mostAtOnce);
  const enqueued = await Promise.allSettled(
    ids.map(async (jobId) => {
      try {
        await within(enqueueTimeoutMs, enqueue({ version: 1, jobId }));
      } catch (error) {
        await markNotEnqueued(database, jobId);
        throw error;
      }
    }),
  );
  const failed = enqueued.filter((outcome) => outcome.status === 'rejected');
  if (ids.length > 0) logger.info('jobs swept', { enqueued: ids.length - failed.length, failed: failed.length });
  if (failed[0]) logger.warn('jobs could not be enqueued', { cause: errorName(failed[0].reason) });
}
