import * as z from 'zod';

/** A message on the queue `webhooks`. It only names the delivery's row. */
export const webhookMessageSchema = z.object({ version: z.literal(1), deliveryId: z.string() });

export type WebhookMessage = z.infer<typeof webhookMessageSchema>;

export function createWebhookMessage(deliveryId: string): WebhookMessage {
  return { version: 1, deliveryId };
}
