export const jobStatuses = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;

/** `PENDING` waits for its next attempt, `RUNNING` has an attempt under way. The other three are final. */
export type JobStatus = (typeof jobStatuses)[number];

export const jobTypes = ['TEXT', 'CHAT', 'RESPONSE'] as const;

/** `TEXT` has a prompt as its input, `CHAT` has messages, `RESPONSE` is a Responses request in the background. */
export type JobType = (typeof jobTypes)[number];

/** An asynchronous request, as its tenant sees it. A value that is unknown, or not known yet, is null. */
export interface Job {
  /** `job_…`, in the order of creation. */
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  readonly type: JobType;
  readonly status: JobStatus;
  /** Where the client has named several targets: the one that has answered, or was tried last; until the end the first. */
  readonly provider: string;
  readonly model: string;
  /** The names that the client has sent, where they lead to several targets: a route, or a list of models. */
  readonly models: readonly string[] | null;
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

/**
 * A `status` event has `status` and, where they apply, `finishReason` and `error`. A `chunk` event has `content`, and for a job of the
 * type `RESPONSE` `events`: the events of the Responses protocol that were produced, one line of JSON each, without their numbers.
 */
export interface JobEventData {
  readonly attempt: number;
  readonly status?: JobStatus;
  readonly finishReason?: string;
  readonly error?: { readonly code: string; readonly message?: string };
  readonly content?: string;
  readonly events?: string;
}

/** Returns the name of the route that a job runs on; null where its client has named a model, or has listed several. */
export function getJobRoute({ models }: Pick<Job, 'models'>): string | null {
  return models?.length === 1 ? (models[0] ?? null) : null;
}

/** Returns whether the status is final. */
export function isFinal({ status }: Pick<Job, 'status'>): boolean {
  return status !== 'PENDING' && status !== 'RUNNING';
}

/** Returns the id of the response that a job of the type `RESPONSE` makes. Such a response is found by the id of its job. */
export function toResponseId(jobId: string): string {
  return jobId.replace(/^job_/, 'resp_');
}

/** Returns the id of the job that makes a response; undefined for the id of a response that no job can have made. */
export function toJobId(responseId: string): string | undefined {
  return isGatewayResponseId(responseId) ? responseId.replace(/^resp_/, 'job_') : undefined;
}

/** Returns whether an id is one that the gateway gives to responses. Those of providers have another form. */
export function isGatewayResponseId(id: string): boolean {
  return /^resp_[0-9A-Z]{26}$/.test(id);
}

/** Returns whether a text has the form of a job id. A text that has not is never looked up. */
export function isJobId(text: string): boolean {
  return /^job_\w{1,64}$/.test(text);
}
