import type * as z from 'zod';
import { errorName, type Logger } from '../lib/logger.ts';
import type { MessageOutcome } from '../outbox/message-outcome.ts';

interface ConsumeOptions<Body> {
  readonly schema: z.ZodType<Body>;
  readonly handle: (body: Body) => Promise<MessageOutcome>;
  /** The number of messages that are handled at once. */
  readonly maxConcurrency: number;
  /** Messages that are not started within this time are retried. Absent: all are started. */
  readonly maxStartDelayMs?: number;
  /** The texts of its log lines for a body that cannot be parsed and for a rejection. */
  readonly errorTexts: { readonly unreadable: string; readonly failed: string };
  readonly logger: Logger;
}

const failureDelaySeconds = 5;

/** Handles the messages of a batch. Each one is acknowledged or retried by itself. Never rejects. */
export async function consumeEach<Body extends { readonly version: number }>(
  batch: MessageBatch,
  {
    schema,
    handle,
    maxConcurrency,
    maxStartDelayMs = Number.POSITIVE_INFINITY,
    errorTexts,
    logger,
  }: ConsumeOptions<Body>,
): Promise<void> {
  const startedAtMs = Date.now();
  const consume = async (message: Message) => {
    if (Date.now() - startedAtMs >= maxStartDelayMs) return message.retry();
    const parsed = schema.safeParse(message.body);
    if (!parsed.success) {
      logger.error(errorTexts.unreadable, { messageId: message.id });
      return message.retry({ delaySeconds: failureDelaySeconds });
    }
    try {
      const outcome = await handle(parsed.data);
      if (outcome.action === 'ack') message.ack();
      else message.retry({ delaySeconds: Math.ceil(outcome.delayMs / 1000) });
    } catch (error) {
      // The row is unchanged, or its lease expires: in both cases a later message finds it.
      const { version: _, ...ids } = parsed.data;
      logger.error(errorTexts.failed, { ...ids, cause: errorName(error) });
      message.retry({ delaySeconds: failureDelaySeconds });
    }
  };
  const remaining = [...batch.messages];
  const work = async () => {
    for (let message = remaining.shift(); message; message = remaining.shift()) await consume(message);
  };
  await Promise.all(Array.from({ length: maxConcurrency }, work));
}
