import { purgeBudgetAlerts } from '../db/queries/budget-alerts.ts';
import { purgeResponses } from '../db/queries/responses.ts';
import { purgeIdempotencyKeys, purgeJobs } from '../db/queries/retention.ts';
import type { JobDependencies } from './job-dependencies.ts';

/** The jobs of one statement, so that it is short and blocks no other writes. */
const maxBatchSize = 500;
/** Bounds a run of cron, 10,000 jobs at most. The next run goes on. */
const maxRounds = 20;

/**
 * Deletes data whose retention has ended: the inputs, results, attempts and events of jobs, idempotency keys with their
 * responses, budget alerts and stored Responses. Safe to repeat. What is kept for how long is a promise: change it together with
 * "Which data is stored" in docs/guides/operate.md.
 */
export async function purge(
  { database, logger }: Pick<JobDependencies, 'database' | 'logger'>,
  retentionDays: number,
): Promise<void> {
  await purgeBudgetAlerts(database, retentionDays);
  await purgeIdempotencyKeys(database, maxBatchSize * maxRounds);
  await purgeInBatches(async () => {
    const jobs = await purgeJobs(database, retentionDays, maxBatchSize);
    if (jobs > 0) logger.info('jobs purged', { jobs });
    return jobs;
  });
  await purgeInBatches(async () => {
    const responses = await purgeResponses(database, maxBatchSize);
    if (responses > 0) logger.info('responses purged', { responses });
    return responses;
  });
}

/** Purges batch by batch until one is not full. The rest waits for the next run of cron. */
async function purgeInBatches(purgeBatch: () => Promise<number>): Promise<void> {
  for (let round = 0; round < maxRounds; round += 1) {
    if ((await purgeBatch()) < maxBatchSize) return;
  }
}
