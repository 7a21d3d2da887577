import type { Database } from '../db/client.ts';
import { purgeLabelNames, purgeLabelSums, purgeRequestBodies, purgeRequests } from '../db/queries/log-retention.ts';

/** The rows of one statement, so that it is short and blocks no other writes. */
const maxBatchSize = 5_000;
/** A body may have 128 KiB. */
const maxBodies = 500;
/** Bounds a run of cron: 100,000 requests at most. The next run goes on. */
const maxRounds = 20;
/** The sums by end user, tag and route answer questions about a year. */
const labelSumDays = 400;
const labelNameDays = 30;

/**
 * Deletes the request log `days` days after the requests started, and what belongs to it: bodies that have expired, and old sums by end
 * user, tag and route. Safe to repeat. What is kept for how long is a promise: change it together with "Which data is stored" in
 * docs/guides/operate.md.
 */
export async function purgeLog(database: Database, days: number): Promise<void> {
  await purgeInBatches(maxBatchSize, () => purgeRequests(database, days, maxBatchSize));
  await purgeInBatches(maxBodies, () => purgeRequestBodies(database, maxBodies));
  await purgeInBatches(maxBatchSize, () => purgeLabelSums(database, labelSumDays, maxBatchSize));
  await purgeInBatches(maxBatchSize, () => purgeLabelNames(database, labelNameDays, maxBatchSize));
}

/** Purges batch by batch until one is not full. The rest waits for the next run of cron. */
async function purgeInBatches(batchSize: number, purgeBatch: () => Promise<number>): Promise<void> {
  for (let round = 0; round < maxRounds; round += 1) {
    if ((await purgeBatch()) < batchSize) return;
  }
}
