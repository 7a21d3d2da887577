import type { Database } from '../db/client.ts';
import type { Logger } from '../lib/logger.ts';
import type { WebhookMessage } from './webhook-message.ts';

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
  readonly logger: Logger;
}
