import type { Database } from '../db/client.ts';
import type { Logger } from '../lib/logger.ts';

/** What a message about a delivery says: which row to look at. */
export interface WebhookMessage {
  readonly version: 1;
  readonly deliveryId: string;
}

/** What webhooks need of the rest of the house. */
export interface WebhookDependencies {
  readonly database: Database;
  /** Puts up to 100 messages on the queue `webhooks`. */
  readonly enqueue: (messages: readonly WebhookMessage[]) => Promise<unknown>;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether this is somebody's own machine, where webhooks may go to loopback. */
  readonly local: boolean;
  readonly logger: Logger;
}
