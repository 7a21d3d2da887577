export type WebhookEvent =
  | `job.${'completed' | 'failed' | 'cancelled'}`
  | `response.${'completed' | 'failed' | 'cancelled' | 'incomplete'}`
  | 'budget.reached'
  | `provider.${'degraded' | 'recovered'}`
  | `jobs.${'failing' | 'recovered'}`;

/**
 * `PENDING` waits for its next attempt. `DELIVERED` and `FAILED` are final until the delivery is sent again on demand.
 */
export type WebhookStatus = 'PENDING' | 'DELIVERED' | 'FAILED';

/**
 * Why an attempt or a delivery failed: no response in time, no connection, a redirect (never followed), a status other
 * than 2xx, 410 from the receiver, a URL that is not allowed (any more), a worker that died during the attempt.
 */
export type WebhookFault =
  | 'timeout'
  | 'unreachable'
  | 'redirect'
  | 'status'
  | 'gone'
  | 'url_not_allowed'
  | 'interrupted';

/** A message to one URL: to a tenant about the end of a job or about a budget that runs out, or an alert to the operator. */
export interface WebhookDelivery {
  /** `whd_…`: the `webhook-id` of every attempt, and the `id` in its body. */
  readonly id: string;
  /** Null for an alert, which goes to the operator. */
  readonly tenantId: string | null;
  /** Null for a message about a budget, and for an alert. */
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

/** One attempt at a delivery. */
export interface WebhookAttempt {
  /** From 1. */
  readonly number: number;
  readonly startedAt: Date;
  /** Null while it runs, and permanently where its worker died. */
  readonly durationMs: number | null;
  /** The HTTP status; null without a response. */
  readonly statusCode: number | null;
  /** Null where the delivery succeeded, and while the attempt runs. */
  readonly error: WebhookFault | null;
}
