import { markDeliveriesNotEnqueued } from '../db/queries/webhook-queue.ts';
import { errorName } from '../lib/logger.ts';
import { withTimeout } from '../lib/with-timeout.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

type QueueDependencies = Pick<WebhookDependencies, 'database' | 'enqueue' | 'logger'>;

/**
 * Puts deliveries on the queue. Never rejects: a queue that refuses or hangs costs at most `timeoutMs`, and the next sweep
 * sends what it did not take. Gives whether it took them.
 */
export async function enqueueDeliveries(
  { database, enqueue, logger }: QueueDependencies,
  deliveryIds: readonly string[],
  timeoutMs: number,
): Promise<boolean> {
  if (deliveryIds.length === 0) return true;
  try {
    await withTimeout(timeoutMs, enqueue(deliveryIds.map((deliveryId) => ({ version: 1, deliveryId }))));
    return true;
  } catch (error) {
    logger.warn('webhooks could not be enqueued: the next sweep will', { deliveryIds, cause: errorName(error) });
    // Where that fails too, the sweep takes them for lost after a minute.
    await withTimeout(timeoutMs, markDeliveriesNotEnqueued(database, deliveryIds)).catch(() => undefined);
    return false;
  }
}
