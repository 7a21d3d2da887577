import { purgeBudgetAlerts } from '../db/queries/budget-alerts.ts';
import { purgeIdempotencyKeys, purgeJobs } from '../db/queries/retention.ts';
import type { JobDependencies } from './job-dependencies.ts';

const maxBatchSize = 500;
const maxRounds = 20;

/**
 * Deletes what has been kept for long enough: of jobs their inputs, results, attempts and events, idempotency
 * answers, and what was told of budgets.
 */
export async function purge(
  { database, logger }: Pick<JobDependencies, 'database' | 'logger'>,
  retentionDays: number,
): Promise<void> {
  await purgeBudgetAlerts(database, retentionDays);
  await purgeIdempotencyKeys(database, maxBatchSize * maxRounds);
  for (let round = 0; round < maxRounds; round += 1) {
    const jobs = await purgeJobs(database, retentionDays, maxBatchSize);
    if (jobs > 0) logger.info('jobs purged', { jobs });
    if (jobs < maxBatchSize) return;
  }
}
