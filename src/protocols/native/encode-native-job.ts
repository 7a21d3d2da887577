import type { Job } from '../../domain/job.ts';
import { nanoUsdToDollars } from '../../domain/money.ts';

/** How a job is told in REST. */
export function encodeJob(job: Job) {
  const self = `/api/jobs/${job.id}`;
  return {
    id: job.id,
    type: job.type,
    status: job.status,
    provider: job.provider,
    model: job.model,
    result: job.result,
    finishReason: job.finishReason,
    error: job.errorCode === null ? null : { code: job.errorCode, message: job.errorMessage },
    tokensIn: job.tokensIn,
    tokensOut: job.tokensOut,
    cost: job.costNanoUsd === null ? null : nanoUsdToDollars(job.costNanoUsd),
    attemptCount: job.attemptCount,
    metadata: job.metadata,
    webhookUrl: job.webhookUrl,
    retryOf: job.retryOf,
    createdAt: job.createdAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
    urls: { self, cancel: `${self}/cancel`, events: `${self}/events` },
  };
}
