/** `PENDING` waits for its next attempt, `RUNNING` is being worked on; the other three are final and never change. */
export type JobStatus = 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

/** `TEXT` came as a prompt, `CHAT` as messages. */
export type JobType = 'TEXT' | 'CHAT';

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
  readonly result: string | null;
  readonly finishReason: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  /** Nano-dollars. */
  readonly costNanoUsd: bigint | null;
  readonly attemptCount: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}
