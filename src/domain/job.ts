export const jobStatuses = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;

/** `PENDING` waits for its next attempt, `RUNNING` is being worked on; the other three are final and never change. */
export type JobStatus = (typeof jobStatuses)[number];

export const jobTypes = ['TEXT', 'CHAT'] as const;

/** `TEXT` came as a prompt, `CHAT` as messages. */
export type JobType = (typeof jobTypes)[number];

/** An asynchronous call, as its tenant sees it. What is not known (yet) is null. */
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
  /** The number of its newest event: it grows with every change. */
  readonly eventCount: number;
  /** The failed job that this one does again. */
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

/** Whether nothing about the job's status can change any more. */
export function isFinal({ status }: Pick<Job, 'status'>): boolean {
  return status !== 'PENDING' && status !== 'RUNNING';
}

/** Whether a text can be the id of a job: what cannot be is not looked up. */
export function isJobId(text: string): boolean {
  return /^job_\w{1,64}$/.test(text);
}
