import { purgeBudgetAlerts } from '../db/queries/budget-alerts.ts';
import { purgeIdempotencyKeys, purgeJobs } from '../db/queries/retention.ts';
import type { JobDependencies } from './job-dependencies.ts';

/** The jobs of one statement, so that it is short and blocks no other writes. */
const maxBatchSize = 500;
/** Bounds a run of cron, 10,000 jobs at most. The next run goes on. */
const maxRounds = 20;

/**
 * Deletes data whose retention has ended: the inputs, results, attempts and events of jobs, idempotency keys with their
 * responses, and budget alerts. Safe to repeat. What is kept for how long is a promise: change it together with "Which data is stored"
 * in docs/guides/operate.md.
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
