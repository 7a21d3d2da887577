import { type Job, toResponseId } from '../domain/job.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import type { WebhookEvent } from '../domain/webhook.ts';

const maxResultBytes = 65_536;

interface PayloadOptions {
  /** `whd_…` */
  readonly id: string;
  readonly event: WebhookEvent;
}

/**
 * Builds the body of a delivery: an event about a job that has ended, with the job's fields by their usual names. A result of
 * more than 64 KiB is left out; `resultUrl` is then its path on the gateway. An event about a response has OpenAI's form.
 */
export function buildWebhookPayload(job: Job, { id, event }: PayloadOptions): string {
  if (event.startsWith('response.')) {
    const created_at = Math.floor((job.finishedAt?.getTime() ?? 0) / 1000);
    return JSON.stringify({ id, object: 'event', created_at, type: event, data: { id: toResponseId(job.id) } });
  }
  const isSmall = job.result === null || new TextEncoder().encode(job.result).byteLength <= maxResultBytes;
  return JSON.stringify({
    type: event,
    timestamp: job.finishedAt,
    id,
    data: {
      id: job.id,
      status: job.status,
      type: job.type,
      provider: job.provider,
      model: job.model,
      result: isSmall ? job.result : null,
      resultUrl: isSmall ? null : `/api/jobs/${job.id}`,
      finishReason: job.finishReason,
      error: job.errorCode === null ? null : { code: job.errorCode, message: job.errorMessage },
      tokensIn: job.tokensIn,
      tokensOut: job.tokensOut,
      cost: job.costNanoUsd === null ? null : nanoUsdToDollars(job.costNanoUsd),
      metadata: job.metadata,
      createdAt: job.createdAt,
      startedAt: job.startedAt,
      finishedAt: job.finishedAt,
    },
  });
}
