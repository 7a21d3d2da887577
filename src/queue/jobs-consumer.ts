import * as z from 'zod';
import { maxCallMs, type RunOutcome } from '../jobs/run-job.ts';
import { errorName, type Logger } from '../lib/logger.ts';

/** The body of a message about a job. */
export const jobMessageSchema = z.object({ version: z.literal(1), jobId: z.string() });

interface JobsConsumerOptions {
  readonly run: (jobId: string) => Promise<RunOutcome>;
  readonly logger: Logger;
}

/** Providers are called for so many jobs at once in one invocation. */
const maxConcurrency = 4;
const failureDelaySeconds = 5;
/** An invocation ends after 15 minutes: it surely has 14, and what could not end in them is left to the next one. */
const beginForMs = 840_000 - maxCallMs;

/** Works on the jobs of a batch, each message acknowledged or put off by itself. */
export async function consumeJobs(batch: MessageBatch, options: JobsConsumerOptions): Promise<void> {
  const waiting = [...batch.messages];
  const startedAtMs = Date.now();
  const worker = async () => {
    for (let message = waiting.shift(); message; message = waiting.shift()) {
      if (Date.now() - startedAtMs < beginForMs) await consume(message, options);
      else message.retry();
    }
  };
  await Promise.all(Array.from({ length: maxConcurrency }, worker));
}

async function consume(message: Message, { run, logger }: JobsConsumerOptions): Promise<void> {
  const parsed = jobMessageSchema.safeParse(message.body);
  if (!parsed.success) {
    logger.error('a job message cannot be read', { messageId: message.id });
    return message.retry({ delaySeconds: failureDelaySeconds });
  }
  const { jobId } = parsed.data;
  try {
    const outcome = await run(jobId);
    if (outcome.again) message.retry({ delaySeconds: Math.ceil(outcome.delayMs / 1000) });
    else message.ack();
  } catch (error) {
    // The row is as it was, or its lease runs out: either way a later message finds it.
    logger.error('a job could not be run', { jobId, cause: errorName(error) });
    message.retry({ delaySeconds: failureDelaySeconds });
  }
}
