import { listUnseenFailures } from '../db/queries/job-queue.ts';
import { errorName } from '../lib/logger.ts';
import { within } from '../lib/with-timeout.ts';
import { type JobDependencies, messageFor } from './job-dependencies.ts';

type DeadLetterDependencies = Pick<JobDependencies, 'database' | 'enqueueDeadLetter' | 'logger'>;

const enqueueTimeoutMs = 2_000;
const mostAtOnce = 100;

/** Puts failed jobs on the dead-letter queue. Never rejects: the next sweep sends what the queue did not take. */
export async function sendDeadLetters(
  { enqueueDeadLetter, logger }: DeadLetterDependencies,
  jobIds: readonly string[],
): Promise<void> {
  if (jobIds.length === 0) return;
  try {
    await within(enqueueTimeoutMs, enqueueDeadLetter(jobIds.map(messageFor)));
  } catch (error) {
    logger.warn('failed jobs could not be put on the dead-letter queue', { jobIds, cause: errorName(error) });
  }
}

/** Sends once more the failed jobs that the dead-letter queue's consumer has not shown. */
export async function sweepDeadLetters(dependencies: DeadLetterDependencies): Promise<void> {
  await sendDeadLetters(dependencies, await listUnseenFailures(dependencies.database, mostAtOnce));
}
