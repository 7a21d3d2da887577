import { purgeBudgetAlerts } from '../db/queries/budget-alerts.ts';
import { purgeIdempotencyKeys, purgeJobs } from '../db/queries/retention.ts';
import type { JobDependencies } from './job-dependencies.ts';

const mostAtOnce = 500;
const mostRounds = 20;

/**
 * Deletes what has been kept for long enough: of jobs their inputs, results, attempts and events, idempotency
 * answers, and what was told of budgets.
 */
export async function purge(
  { database, logger }: Pick<JobDependencies, 'database' | 'logger'>,
  retentionDays: number,
): Promise<void> {
  await purgeBudgetAlerts(database, retentionDays);
  await purgeIdempotencyKeys(database, mostAtOnce * mostRounds);
  for (let round = 0; round < mostRounds; round += 1) {
    const jobs = await purgeJobs(database, retentionDays, mostAtOnce);
    if (jobs > 0) logger.info('jobs purged', { jobs });
    if (jobs < mostAtOnce) return;
  }
}
