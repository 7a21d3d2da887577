export type WebhookEvent = 'job.completed' | 'job.failed' | 'job.cancelled' | 'budget.reached';

/** `PENDING` waits for its next attempt; `DELIVERED` and `FAILED` stay until it is sent again on demand. */
export type WebhookStatus = 'PENDING' | 'DELIVERED' | 'FAILED';

/**
 * Why an attempt or a delivery failed: no answer in time, no connection, a redirect (never followed), a status that is
 * not 2xx, 410 from the receiver, a URL that is not allowed (any more), a worker that died in the middle.
 */
export type WebhookFault =
  | 'timeout'
  | 'unreachable'
  | 'redirect'
  | 'status'
  | 'gone'
  | 'url_not_allowed'
  | 'interrupted';

/** A message that tells one URL of a job's end, or of a budget that runs out, as its tenant sees it. */
export interface WebhookDelivery {
  /** `whd_…`: the `webhook-id` of every attempt, and the `id` in its body. */
  readonly id: string;
  readonly tenantId: string;
  /** Null where it tells of a budget. */
  readonly jobId: string | null;
  readonly event: WebhookEvent;
  readonly url: string;
  readonly status: WebhookStatus;
  /** Null unless it has failed. */
  readonly error: WebhookFault | null;
  readonly attemptCount: number;
  /** Null unless it is pending. */
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** One time that a delivery was tried. */
export interface WebhookAttempt {
  /** From 1. */
  readonly number: number;
  readonly startedAt: Date;
  /** Null while it runs, and for good where its worker died. */
  readonly durationMs: number | null;
  /** The HTTP status; null where there was no answer. */
  readonly statusCode: number | null;
  /** Null where it arrived, and while it runs. */
  readonly error: WebhookFault | null;
}
