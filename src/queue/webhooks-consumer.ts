import { errorName, type Logger } from '../lib/logger.ts';
import type { MessageOutcome } from '../outbox/message-outcome.ts';
import { webhookMessageSchema } from '../webhooks/webhook-message.ts';

interface WebhooksConsumerOptions {
  /** Attempts deliveries. Returns what is to become of their messages, by the ids of the deliveries. */
  readonly deliver: (deliveryIds: readonly string[]) => Promise<ReadonlyMap<string, MessageOutcome>>;
  readonly logger: Logger;
}

const failureDelaySeconds = 5;

/** Attempts the deliveries of a batch. Each message is acknowledged or retried by itself. Never rejects. */
export async function consumeWebhooks(
  batch: MessageBatch,
  { deliver, logger }: WebhooksConsumerOptions,
): Promise<void> {
  const entries = batch.messages.flatMap((message) => {
    const parsed = webhookMessageSchema.safeParse(message.body);
    if (parsed.success) return [{ message, id: parsed.data.deliveryId }];
    logger.error('a webhook message cannot be read', { messageId: message.id });
    message.retry({ delaySeconds: failureDelaySeconds });
    return [];
  });
  const deliveryIds = [...new Set(entries.map(({ id }) => id))];
  if (deliveryIds.length === 0) return;
  try {
    const outcomes = await deliver(deliveryIds);
    for (const { message, id } of entries) {
      const outcome = outcomes.get(id);
      if (outcome?.action === 'retry') message.retry({ delaySeconds: Math.ceil(outcome.delayMs / 1000) });
      else message.ack();
    }
  } catch (error) {
    logger.error('webhooks could not be tried', { deliveryIds, cause: errorName(error) });
    for (const { message } of entries) message.retry({ delaySeconds: failureDelaySeconds });
  }
}
