export const jobStatuses = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;

/** `PENDING` waits for its next attempt, `RUNNING` has an attempt under way. The other three are final. */
export type JobStatus = (typeof jobStatuses)[number];

export const jobTypes = ['TEXT', 'CHAT'] as const;

/** `TEXT` has a prompt as its input, `CHAT` has messages. */
export type JobType = (typeof jobTypes)[number];

/** An asynchronous request, as its tenant sees it. A value that is unknown, or not known yet, is null. */
export interface Job {
  /** `job_…`, in the order of creation. */
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  readonly type: JobType;
  readonly status: JobStatus;
  readonly provider: string;
  readonly model: string;
  readonly metadata: unknown;
  readonly webhookUrl: string | null;
  readonly result: string | null;
  readonly finishReason: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  /** Nano-dollars. */
  readonly costNanoUsd: bigint | null;
  readonly attemptCount: number;
  /** The number of the newest event. It grows with each change. */
  readonly eventCount: number;
  /** The failed job that this one retries. */
  readonly retryOf: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly deadLetteredAt: Date | null;
  /** When its input, result and attempts were deleted. */
  readonly purgedAt: Date | null;
}

/** `status` is a change of the job's status, `chunk` is text while it is produced. */
export type JobEventType = 'status' | 'chunk';

/** A `status` event has `status` and, where they apply, `finishReason` and `error`. A `chunk` event has `content`. */
export interface JobEventData {
  readonly attempt: number;
  readonly status?: JobStatus;
  readonly finishReason?: string;
  readonly error?: { readonly code: string; readonly message?: string };
  readonly content?: string;
}

/** Returns whether the status is final. */
export function isFinal({ status }: Pick<Job, 'status'>): boolean {
  return status !== 'PENDING' && status !== 'RUNNING';
}

/** Returns whether a text has the form of a job id. A text that has not is never looked up. */
export function isJobId(text: string): boolean {
  return /^job_\w{1,64}$/.test(text);
}
