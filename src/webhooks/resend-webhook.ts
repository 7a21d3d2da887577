import { resendDelivery } from '../db/queries/webhook-deliveries.ts';
import { GatewayError } from '../domain/errors.ts';
import type { WebhookDelivery } from '../domain/webhook.ts';
import { enqueueDeliveries } from './enqueue-deliveries.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

const enqueueTimeoutMs = 1_000;

/**
 * Sends a tenant's delivery again, with the same id and the same body, whatever became of it; one that waits for its next
 * attempt is tried now. The attempts go on counting. Gives the delivery, pending. Throws `not_found`.
 */
export async function resendWebhook(
  dependencies: Pick<WebhookDependencies, 'database' | 'enqueue' | 'logger'>,
  tenantId: string,
  deliveryId: string,
): Promise<WebhookDelivery> {
  const delivery = await resendDelivery(dependencies.database, tenantId, deliveryId);
  if (!delivery) throw new GatewayError('not_found', `There is no webhook delivery ${deliveryId.slice(0, 64)}.`);
  await enqueueDeliveries(dependencies, [delivery.id], enqueueTimeoutMs);
  return delivery;
}
