import { errorName, type Logger } from '../lib/logger.ts';
import { jobMessageSchema } from './jobs-consumer.ts';

interface DeadLettersConsumerOptions {
  /** Shows jobs among the dead letters, should they have failed. */
  readonly show: (jobIds: readonly string[]) => Promise<void>;
  readonly logger: Logger;
}

const failureDelaySeconds = 30;

/**
 * Makes dead letters visible. Two kinds come here: jobs that have failed for good, and messages that the queue has given up
 * on, whose jobs the sweep takes up again.
 */
export async function consumeDeadLetters(
  batch: MessageBatch,
  { show, logger }: DeadLettersConsumerOptions,
): Promise<void> {
  const jobIds = batch.messages.flatMap((message) => {
    const parsed = jobMessageSchema.safeParse(message.body);
    if (parsed.success) return [parsed.data.jobId];
    logger.error('a dead letter cannot be read', { messageId: message.id });
    return [];
  });
  try {
    if (jobIds.length > 0) await show(jobIds);
    logger.warn('dead letters', { jobIds });
    batch.ackAll();
  } catch (error) {
    logger.error('dead letters could not be shown', { jobIds, cause: errorName(error) });
    batch.retryAll({ delaySeconds: failureDelaySeconds });
  }
}
