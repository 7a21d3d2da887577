import type { WebhookFault, WebhookStatus } from './webhook.ts';

/** What an alert is about. It opens with the event of this name. */
export type AlertName = 'provider.degraded' | 'jobs.failing';

/** The delivery of an alert's last event. */
export interface AlertDelivery {
  /** `whd_…` */
  readonly id: string;
  readonly status: WebhookStatus;
  /** Null unless it has failed. */
  readonly error: WebhookFault | null;
  readonly attemptCount: number;
}

/** An alert that has been sent at least once. The counts are those of its last event. */
export interface Alert {
  readonly name: AlertName;
  /** A provider's id; `jobs` for `jobs.failing`. */
  readonly subject: string;
  readonly active: boolean;
  /** When it became active, or when it ended. */
  readonly since: Date;
  readonly attempts: number;
  readonly failed: number;
  readonly errorCodes: readonly string[];
  /** `req_…`, the newest first. */
  readonly sampleRequestIds: readonly string[];
  /** Null once the delivery has been deleted. */
  readonly delivery: AlertDelivery | null;
}
