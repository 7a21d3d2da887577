import { deliveryOutboxTable } from '../db/queries/outbox.ts';
import { Outbox } from '../outbox/outbox.ts';
import { createWebhookMessage } from './webhook-message.ts';

/** Sends messages for deliveries. */
export const webhookOutbox = new Outbox({
  table: deliveryOutboxTable,
  createMessage: createWebhookMessage,
  log: { subject: 'webhooks', countField: 'deliveries', idsField: 'deliveryIds' },
});
