import { takeUnqueuedDeliveries } from '../db/queries/webhook-queue.ts';
import { enqueueDeliveries } from './enqueue-deliveries.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

const maxBatchSize = 100;
const maxRounds = 50;
const enqueueTimeoutMs = 2_000;

/** Enqueues the deliveries that are due and that no message will bring: what a crash or a failing queue has left behind. */
export async function sweepWebhooks(
  dependencies: Pick<WebhookDependencies, 'database' | 'enqueue' | 'logger'>,
): Promise<void> {
  for (let round = 0; round < maxRounds; round += 1) {
    const ids = await takeUnqueuedDeliveries(dependencies.database, maxBatchSize);
    if (ids.length > 0) dependencies.logger.info('webhooks swept', { deliveries: ids.length });
    if (!(await enqueueDeliveries(dependencies, ids, enqueueTimeoutMs)) || ids.length < maxBatchSize) return;
  }
}
