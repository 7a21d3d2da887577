import { insertBudgetAlerts } from '../db/queries/budget-alerts.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { webhookOutbox } from './webhook-outbox.ts';

const maxBatchSize = 100;
const enqueueTimeoutMs = 2_000;

/** Sends `budget.reached` for tenants' and keys' budgets that have passed 50, 80 or 100 %: each threshold once in its period. */
export async function sendBudgetAlerts(
  dependencies: Pick<WebhookDependencies, 'database' | 'enqueue' | 'logger' | 'now'>,
): Promise<void> {
  const { database, logger, now } = dependencies;
  const ids = await insertBudgetAlerts(database, new Date(now()));
  if (ids.length > 0) logger.info('budgets told', { deliveries: ids.length });
  for (let start = 0; start < ids.length; start += maxBatchSize) {
    await webhookOutbox.enqueue(dependencies, ids.slice(start, start + maxBatchSize), enqueueTimeoutMs);
  }
}
