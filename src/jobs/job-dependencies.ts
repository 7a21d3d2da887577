import type { Database } from '../db/client.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Logger } from '../lib/logger.ts';
import type { JobMessage } from './job-message.ts';

/** Puts up to 100 messages on a queue. */
export type Enqueue = (messages: readonly JobMessage[]) => Promise<unknown>;

/** The dependencies of jobs. */
export interface JobDependencies {
  readonly database: Database;
  readonly gateway: Gateway;
  /** Registers a ledger row that is being written. Call the returned function when it is written, or never will be. */
  readonly reserveRow: () => () => void;
  /** To the queue `jobs`. */
  readonly enqueue: Enqueue;
  /** To its dead-letter queue. */
  readonly enqueueDeadLetter: Enqueue;
  /** Enqueues the webhook of a job that has ended, if it has one. Never rejects: the sweep enqueues what failed. */
  readonly enqueueJobWebhook: (job: { readonly id: string; readonly webhookUrl: string | null }) => Promise<void>;
  /** The maximum number of pending jobs of a tenant. */
  readonly maxPendingJobs: number;
  readonly logger: Logger;
  /** Whether the gateway runs on a developer's machine, where webhooks may go to loopback. */
  readonly local: boolean;
}
