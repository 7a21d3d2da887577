import * as z from 'zod';
import { errorName, type Logger } from '../lib/logger.ts';
import type { DeliverOutcome } from '../webhooks/deliver-webhook.ts';

/** The body of a message about a delivery. */
const webhookMessageSchema = z.object({ version: z.literal(1), deliveryId: z.string() });

interface WebhooksConsumerOptions {
  readonly deliver: (deliveryId: string) => Promise<DeliverOutcome>;
  readonly logger: Logger;
}

const maxConcurrency = 10;
const failureDelaySeconds = 5;

/** Tries the deliveries of a batch, each message acknowledged or put off by itself. */
export async function consumeWebhooks(batch: MessageBatch, options: WebhooksConsumerOptions): Promise<void> {
  const waiting = [...batch.messages];
  const worker = async () => {
    for (let message = waiting.shift(); message; message = waiting.shift()) await consume(message, options);
  };
  await Promise.all(Array.from({ length: maxConcurrency }, worker));
}

async function consume(message: Message, { deliver, logger }: WebhooksConsumerOptions): Promise<void> {
  const parsed = webhookMessageSchema.safeParse(message.body);
  if (!parsed.success) {
    logger.error('a webhook message cannot be read', { messageId: message.id });
    return message.retry({ delaySeconds: failureDelaySeconds });
  }
  const { deliveryId } = parsed.data;
  try {
    const outcome = await deliver(deliveryId);
    if (outcome.again) message.retry({ delaySeconds: Math.ceil(outcome.delayMs / 1000) });
    else message.ack();
  } catch (error) {
    // The row is as it was, or its lease runs out: either way a later message finds it.
    logger.error('a webhook could not be tried', { deliveryId, cause: errorName(error) });
    message.retry({ delaySeconds: failureDelaySeconds });
  }
}
