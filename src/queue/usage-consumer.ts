import { errorName, type Logger } from '../lib/logger.ts';
import { usageMessageSchema } from '../usage/usage-record.ts';
import type { RecordedUsage } from '../usage/usage-recorder.ts';

interface UsageConsumerOptions {
  readonly insert: (usage: RecordedUsage) => Promise<void>;
  readonly logger: Logger;
}

/** A message on the dead-letter queue is retried for as long as the queue keeps it. */
const deadLetterDelaySeconds = 3_600;
const maxDelaySeconds = 300;

/**
 * Writes the usage of a batch to the ledger, and its requests to the log, in one statement. If that fails, each message is written by itself, so that one
 * that cannot be written does not block the others. No message is dropped.
 */
export async function consumeUsage(batch: MessageBatch, { insert, logger }: UsageConsumerOptions): Promise<void> {
  const entries = batch.messages.flatMap((message) => {
    const parsed = usageMessageSchema.safeParse(message.body);
    if (parsed.success) {
      const { records, requests = [] } = parsed.data;
      return [{ message, records, requests }];
    }
    logger.error('a usage message cannot be read', { queue: batch.queue, messageId: message.id });
    message.retry({ delaySeconds: delayFor(batch, message.attempts) });
    return [];
  });
  try {
    await insert({
      records: entries.flatMap(({ records }) => records),
      requests: entries.flatMap(({ requests }) => requests),
    });
    for (const { message } of entries) message.ack();
    return;
  } catch (error) {
    logger.warn('a batch of usage could not be written at once', { queue: batch.queue, cause: errorName(error) });
  }
  // Concurrently: in sequence, the time-outs of a database that hangs would outlast the consumer.
  const writeOne = async ({ message, records, requests }: (typeof entries)[number]) => {
    try {
      await insert({ records, requests });
      message.ack();
    } catch (error) {
      const requestIds = [...new Set([...records, ...requests].map(({ requestId }) => requestId))];
      logger.error('usage could not be written', { queue: batch.queue, cause: errorName(error), requestIds });
      message.retry({ delaySeconds: delayFor(batch, message.attempts) });
    }
  };
  await Promise.all(entries.map(writeOne));
}

function delayFor({ queue }: MessageBatch, attempts: number): number {
  return queue.endsWith('-dlq') ? deadLetterDelaySeconds : Math.min(2 ** attempts, maxDelaySeconds);
}
