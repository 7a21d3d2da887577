import { updateAlerts } from '../db/queries/alerts.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { webhookOutbox } from './webhook-outbox.ts';

const maxBatchSize = 100;
const enqueueTimeoutMs = 2_000;

/**
 * Sends alerts to the operator for providers and jobs that have begun to fail, or have recovered: each change once. Runs no
 * statement where there is no webhook for them. `maxAttemptMs` is the longest time that an attempt at a provider takes.
 */
export async function sendOperatorAlerts(
  dependencies: Pick<WebhookDependencies, 'database' | 'enqueue' | 'logger' | 'now' | 'operatorWebhook'>,
  maxAttemptMs: number,
): Promise<void> {
  const { database, logger, now, operatorWebhook } = dependencies;
  if (!operatorWebhook) return;
  const ids = await updateAlerts(database, { nowMs: now(), url: operatorWebhook.url, maxAttemptMs });
  if (ids.length > 0) logger.warn('alerts have changed', { deliveryIds: ids });
  for (let start = 0; start < ids.length; start += maxBatchSize) {
    await webhookOutbox.enqueue(dependencies, ids.slice(start, start + maxBatchSize), enqueueTimeoutMs);
  }
}
