import { listUnseenFailures } from '../db/queries/job-queue.ts';
import { errorName } from '../lib/logger.ts';
import { withTimeout } from '../lib/with-timeout.ts';
import { createJobMessage, type JobDependencies } from './job-dependencies.ts';

type DeadLetterDependencies = Pick<JobDependencies, 'database' | 'enqueueDeadLetter' | 'logger'>;

const enqueueTimeoutMs = 2_000;
const maxBatchSize = 100;

/** Puts failed jobs on the dead-letter queue. Never rejects: the next sweep sends what the queue did not take. */
export async function sendDeadLetters(
  { enqueueDeadLetter, logger }: DeadLetterDependencies,
  jobIds: readonly string[],
): Promise<void> {
  if (jobIds.length === 0) return;
  try {
    await withTimeout(enqueueTimeoutMs, enqueueDeadLetter(jobIds.map(createJobMessage)));
  } catch (error) {
    logger.warn('failed jobs could not be put on the dead-letter queue', { jobIds, cause: errorName(error) });
  }
}

/** Sends once more the failed jobs that the dead-letter queue's consumer has not shown. */
export async function sweepDeadLetters(dependencies: DeadLetterDependencies): Promise<void> {
  await sendDeadLetters(dependencies, await listUnseenFailures(dependencies.database, maxBatchSize));
}
