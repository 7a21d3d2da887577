import type { Database } from '../db/client.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Logger } from '../lib/logger.ts';

/** What a message about a job says, on the queue `jobs` and on its dead-letter queue: which row to look at. */
export interface JobMessage {
  readonly version: 1;
  readonly jobId: string;
}

/** Puts up to 100 messages on a queue. */
export type Enqueue = (messages: readonly JobMessage[]) => Promise<unknown>;

/** What jobs need of the rest of the house. */
export interface JobDependencies {
  readonly database: Database;
  readonly gateway: Gateway;
  /** Notes that a row of the ledger is being written. Gives what is called once it stands, or never will. */
  readonly reserveRow: () => () => void;
  /** Onto the queue `jobs`. */
  readonly enqueue: Enqueue;
  /** Onto its dead-letter queue. */
  readonly enqueueDeadLetter: Enqueue;
  /** Sends the webhook of a job that has ended, should it have one. Never rejects: cron sends what is left behind. */
  readonly enqueueJobWebhook: (job: { readonly id: string; readonly webhookUrl: string | null }) => Promise<void>;
  readonly logger: Logger;
  /** Whether this is somebody's own machine, where webhooks may go to loopback. */
  readonly local: boolean;
}

export function createJobMessage(jobId: string): JobMessage {
  return { version: 1, jobId };
}
