import { takeUnqueued } from '../db/queries/job-queue.ts';
import { enqueueJobs } from './enqueue-jobs.ts';
import type { JobDependencies } from './job-dependencies.ts';

const maxBatchSize = 100;
const maxRounds = 50;
const enqueueTimeoutMs = 2_000;

/** Enqueues the jobs that are due and that no message will bring: what a crash or a failing queue has left behind. */
export async function sweepJobs(dependencies: JobDependencies): Promise<void> {
  for (let round = 0; round < maxRounds; round += 1) {
    const ids = await takeUnqueued(dependencies.database, maxBatchSize);
    if (ids.length > 0) dependencies.logger.info('jobs swept', { jobs: ids.length });
    if (!(await enqueueJobs(dependencies, ids, enqueueTimeoutMs)) || ids.length < maxBatchSize) return;
  }
}
