import type { Logger } from '../lib/logger.ts';
import type { MessageOutcome } from '../outbox/message-outcome.ts';
import { webhookMessageSchema } from '../webhooks/webhook-message.ts';
import { consumeEach } from './consume-each.ts';

/** Attempts the deliveries of a batch. */
export async function consumeWebhooks(
  batch: MessageBatch,
  { deliver, logger }: { readonly deliver: (deliveryId: string) => Promise<MessageOutcome>; readonly logger: Logger },
): Promise<void> {
  await consumeEach(batch, {
    schema: webhookMessageSchema,
    handle: ({ deliveryId }) => deliver(deliveryId),
    maxConcurrency: 10,
    errorTexts: { unreadable: 'a webhook message cannot be read', failed: 'a webhook could not be tried' },
    logger,
  });
}
