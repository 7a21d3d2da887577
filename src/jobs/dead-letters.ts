import { listUnmarkedFailures } from '../db/queries/dead-letters.ts';
import { errorName } from '../lib/logger.ts';
import { withTimeout } from '../lib/with-timeout.ts';
import type { JobDependencies } from './job-dependencies.ts';
import { createJobMessage } from './job-message.ts';

type DeadLetterDependencies = Pick<JobDependencies, 'database' | 'enqueueDeadLetter' | 'logger'>;

/** The end of a job waits for the queue no longer than this. */
const enqueueTimeoutMs = 2_000;
/** Cloudflare Queues take at most 100 messages in one call. */
const maxBatchSize = 100;

/**
 * Puts failed jobs, at most 100, on the dead-letter queue, whose consumer lists them as `deadLetters` in GraphQL. Never rejects: the
 * next sweep sends what the queue did not take. Safe to repeat. Apart from `Outbox`, because the consumer marks the rows here, not the
 * sender.
 */
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

/** Sends the failed jobs again that the dead-letter queue's consumer has not marked. Cron calls it once a minute. */
export async function sweepDeadLetters(dependencies: DeadLetterDependencies): Promise<void> {
  await sendDeadLetters(dependencies, await listUnmarkedFailures(dependencies.database, maxBatchSize));
}
