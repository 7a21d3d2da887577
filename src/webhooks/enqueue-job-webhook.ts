import { errorName } from '../lib/logger.ts';
import { withTimeout } from '../lib/with-timeout.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { createWebhookMessage } from './webhook-message.ts';

const enqueueTimeoutMs = 1_000;

/**
 * Enqueues the delivery of a job that has just ended, if the job has one; a trigger has inserted its row. Never rejects and
 * takes a second at most. Apart from `Outbox`, because the row does not count as enqueued: there is nothing to mark, and the
 * next sweep sends what the queue did not take.
 */
export async function enqueueJobWebhook(
  { enqueue, logger }: Pick<WebhookDependencies, 'enqueue' | 'logger'>,
  job: { readonly id: string; readonly webhookUrl: string | null },
): Promise<void> {
  if (job.webhookUrl === null) return;
  try {
    await withTimeout(enqueueTimeoutMs, enqueue([createWebhookMessage(deliveryIdOf(job.id))]));
  } catch (error) {
    logger.warn('a webhook could not be enqueued: the next sweep will', { jobId: job.id, cause: errorName(error) });
  }
}

/** As the trigger on jobs builds it: a job ends once, so it has one delivery. */
function deliveryIdOf(jobId: string): string {
  return `whd_${jobId.slice('job_'.length)}`;
}
