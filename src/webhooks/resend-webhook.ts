import { resendDelivery } from '../db/queries/webhook-deliveries.ts';
import { GatewayError } from '../domain/errors.ts';
import type { WebhookDelivery } from '../domain/webhook.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { webhookOutbox } from './webhook-outbox.ts';

/**
 * Resends a tenant's delivery with the same id and body, in any status; one that waits for its next attempt is attempted now.
 * The attempt count continues. Returns the pending delivery. Throws `not_found`.
 */
export async function resendWebhook(
  dependencies: Pick<WebhookDependencies, 'database' | 'enqueue' | 'logger'>,
  tenantId: string,
  deliveryId: string,
): Promise<WebhookDelivery> {
  const delivery = await resendDelivery(dependencies.database, tenantId, deliveryId);
  if (!delivery) throw new GatewayError('not_found', `There is no webhook delivery ${deliveryId.slice(0, 64)}.`);
  await webhookOutbox.enqueue(dependencies, [delivery.id]);
  return delivery;
}
