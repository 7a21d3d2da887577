import { markNotEnqueued } from '../db/queries/job-queue.ts';
import { errorName } from '../lib/logger.ts';
import { withTimeout } from '../lib/with-timeout.ts';
import { createJobMessage, type JobDependencies } from './job-dependencies.ts';

/**
 * Puts jobs on the queue. Never rejects: a queue that refuses or hangs costs at most `timeoutMs`, and the next sweep sends
 * what it did not take. Gives whether it took them.
 */
export async function enqueueJobs(
  { database, enqueue, logger }: Pick<JobDependencies, 'database' | 'enqueue' | 'logger'>,
  jobIds: readonly string[],
  timeoutMs: number,
): Promise<boolean> {
  if (jobIds.length === 0) return true;
  try {
    await withTimeout(timeoutMs, enqueue(jobIds.map(createJobMessage)));
    return true;
  } catch (error) {
    logger.warn('jobs could not be enqueued: the next sweep will', { jobIds, cause: errorName(error) });
    // Where that fails too, the sweep takes them for lost after a minute.
    await withTimeout(timeoutMs, markNotEnqueued(database, jobIds)).catch(() => undefined);
    return false;
  }
}
