import { jobMessageSchema } from '../jobs/job-message.ts';
import { errorName, type Logger } from '../lib/logger.ts';

interface DeadLettersConsumerOptions {
  /** Lists those of the jobs that have failed among the dead letters. */
  readonly show: (jobIds: readonly string[]) => Promise<void>;
  readonly logger: Logger;
}

const failureDelaySeconds = 30;

/**
 * Lists dead letters. There are two kinds: failed jobs, and messages that the queue no longer retries, whose jobs the next
 * sweep enqueues again.
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
