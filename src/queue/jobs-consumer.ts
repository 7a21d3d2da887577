import { jobMessageSchema } from '../jobs/job-message.ts';
import { maxCallMs } from '../jobs/run-job.ts';
import type { Logger } from '../lib/logger.ts';
import type { MessageOutcome } from '../outbox/message-outcome.ts';
import { consumeEach } from './consume-each.ts';

/** An invocation may last 15 minutes: a job that starts this late still ends within 14. */
const maxStartDelayMs = 840_000 - maxCallMs;

/** Runs the jobs of a batch. */
export async function consumeJobs(
  batch: MessageBatch,
  { run, logger }: { readonly run: (jobId: string) => Promise<MessageOutcome>; readonly logger: Logger },
): Promise<void> {
  await consumeEach(batch, {
    schema: jobMessageSchema,
    handle: ({ jobId }) => run(jobId),
    maxConcurrency: 4,
    maxStartDelayMs,
    errorTexts: { unreadable: 'a job message cannot be read', failed: 'a job could not be run' },
    logger,
  });
}
