import type { Job } from '../domain/job.ts';
import { nanoUsdToDollars } from '../domain/money.ts';

const maxResultBytes = 65_536;

interface PayloadOptions {
  /** `whd_…` */
  readonly id: string;
  readonly event: string;
}

/**
 * The body of a delivery: an event about a job that has ended, with the job's fields by the names that they have everywhere.
 * A result of more than 64 KiB is left out; `resultUrl` then says where it is read, as a path on the gateway.
 */
export function webhookPayload(job: Job, { id, event }: PayloadOptions): string {
  const small = job.result === null || new TextEncoder().encode(job.result).byteLength <= maxResultBytes;
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
      result: small ? job.result : null,
      resultUrl: small ? null : `/api/jobs/${job.id}`,
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
