import { errorName } from '../lib/logger.ts';
import { withTimeout } from '../lib/with-timeout.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

const enqueueTimeoutMs = 1_000;

/**
 * Puts the delivery of a job that has just ended on the queue, should the job have one; its row stands already. Never
 * rejects and takes a second at most: the row does not count as enqueued, and so the next sweep sends what is left behind.
 */
export async function enqueueJobWebhook(
  { enqueue, logger }: Pick<WebhookDependencies, 'enqueue' | 'logger'>,
  job: { readonly id: string; readonly webhookUrl: string | null },
): Promise<void> {
  if (job.webhookUrl === null) return;
  try {
    await withTimeout(enqueueTimeoutMs, enqueue([{ version: 1, deliveryId: deliveryIdOf(job.id) }]));
  } catch (error) {
    logger.warn('a webhook could not be enqueued: the next sweep will', { jobId: job.id, cause: errorName(error) });
  }
}

/** As the trigger on jobs makes it: a job ends once, and so it has one delivery. */
function deliveryIdOf(jobId: string): string {
  return `whd_${jobId.slice('job_'.length)}`;
}
