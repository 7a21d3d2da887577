import type { Database } from '../db/client.ts';
import type { ClaimedJob, JobOutput } from '../db/queries/job-leases.ts';
import type { ResponseJobInput } from '../db/queries/response-jobs.ts';
import type { NewResponse } from '../db/queries/responses.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Logger } from '../lib/logger.ts';
import type { BodyRecorder } from '../request-log/body-recorder.ts';
import type { LoggedRequest } from '../request-log/logged-request.ts';
import type { JobMessage } from './job-message.ts';

/** Puts messages on a queue: at most 100, as Cloudflare Queues take no more in one call. */
export type Enqueue = (messages: readonly JobMessage[]) => Promise<unknown>;

/** One try at the request of a job. */
export interface JobAttempt {
  readonly gateway: Gateway;
  /** `req_…`: the key of its row in the ledger. */
  readonly requestId: string;
  readonly job: Omit<ClaimedJob, 'input'>;
  readonly log: LoggedRequest;
  /** Aborted when the lease is lost. */
  readonly signal: AbortSignal;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Writes what has been produced as an event of the job. */
  readonly write: (output: JobOutput) => void;
}

/** The whole reply to the request of a job. */
export interface JobReply {
  readonly result: string;
  readonly finishReason: string;
  /** The response that is stored with the job's end. */
  readonly response?: NewResponse | undefined;
}

/** What the functions for jobs need. src/services.ts creates it, for requests and for queues and cron apart; a function takes the part that it uses. */
export interface JobDependencies {
  readonly database: Database;
  readonly gateway: Gateway;
  /** Sends the Responses request of a job and reads its reply. Rejects as the gateway does, once the request is settled. */
  readonly runResponse: (attempt: JobAttempt, input: ResponseJobInput) => Promise<JobReply>;
  /** Registers a ledger row that is being written. Call the returned function when it is written, or never will be. */
  readonly reserveRow: () => () => void;
  readonly bodies: BodyRecorder;
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
