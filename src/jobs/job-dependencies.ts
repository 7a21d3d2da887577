import type { Logger } from '../core/logger.ts';
import type { Database } from '../db/client.ts';
import type { GatewayDependencies } from '../gateway/call-request.ts';

/** What a message on the queue `jobs` says: which row to look at. */
export interface JobMessage {
  readonly version: 1;
  readonly jobId: string;
}

/** What jobs need of the rest of the house. */
export interface JobDependencies {
  readonly database: Database;
  readonly gateway: GatewayDependencies;
  /** Puts a message on the queue `jobs`. */
  readonly enqueue: (message: JobMessage) => Promise<unknown>;
  readonly logger: Logger;
}
