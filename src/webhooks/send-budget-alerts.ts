import { insertBudgetAlerts } from '../db/queries/budget-alerts.ts';
import { enqueueDeliveries } from './enqueue-deliveries.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

const maxBatchSize = 100;
const enqueueTimeoutMs = 2_000;

/** Tells tenants of their budgets, and of those of their keys, that have passed 50, 80 or 100 %: each mark once in its period. */
export async function sendBudgetAlerts(
  dependencies: Pick<WebhookDependencies, 'database' | 'enqueue' | 'logger' | 'now'>,
): Promise<void> {
  const { database, logger, now } = dependencies;
  const ids = await insertBudgetAlerts(database, new Date(now()));
  if (ids.length > 0) logger.info('budgets told', { deliveries: ids.length });
  for (let start = 0; start < ids.length; start += maxBatchSize) {
    await enqueueDeliveries(dependencies, ids.slice(start, start + maxBatchSize), enqueueTimeoutMs);
  }
}
