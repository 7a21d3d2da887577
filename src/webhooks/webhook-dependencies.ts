import type { Database } from '../db/client.ts';
import type { Logger } from '../lib/logger.ts';
import type { WebhookMessage } from './webhook-message.ts';

/** Where alerts to the operator go. */
export interface OperatorWebhook {
  readonly url: string;
  /** `whsec_…`, by the Standard Webhooks specification. */
  readonly secret: string;
}

/** The dependencies of webhooks. */
export interface WebhookDependencies {
  readonly database: Database;
  /** Puts up to 100 messages on the queue `webhooks`, which delivers them after a delay if there is one. */
  readonly enqueue: (
    messages: readonly WebhookMessage[],
    options?: { readonly delaySeconds: number },
  ) => Promise<unknown>;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether the gateway runs on a developer's machine, where webhooks may go to loopback. */
  readonly local: boolean;
  /** Absent: there are no alerts. */
  readonly operatorWebhook?: OperatorWebhook | undefined;
  readonly logger: Logger;
}
