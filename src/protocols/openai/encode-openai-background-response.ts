import type { ResponseJob } from '../../db/queries/response-jobs.ts';
import { type ErrorCode, errorTable, GatewayError } from '../../domain/errors.ts';
import type { Job, JobStatus } from '../../domain/job.ts';
import { escapeLineBreaks } from '../../lib/to-json-line.ts';
import { createResponse, toSeconds } from './encode-openai-response.ts';
import { encodeOpenAiResponseError } from './encode-openai-response-end.ts';
import type { ResponseState } from './openai-response-api-types.ts';

const statuses: Readonly<Record<JobStatus, ResponseState['status']>> = {
  PENDING: 'queued',
  RUNNING: 'in_progress',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
};

/** Encodes a response whose output is not stored: one in progress, or one that has failed or was cancelled. JSON on one line. */
export function encodeBackgroundResponse({ job, settings }: ResponseJob): string {
  const state: ResponseState = {
    ...createResponse({
      idSuffix: job.id.slice('job_'.length),
      model: job.model,
      createdAtMs: job.createdAt.getTime(),
      previousResponseId: null,
      store: true,
      background: true,
    }),
    status: statuses[job.status],
    error: job.errorCode === null ? null : encodeOpenAiResponseError(readJobError(job)),
    completed_at: job.status === 'COMPLETED' && job.finishedAt ? toSeconds(job.finishedAt.getTime()) : null,
  };
  // The settings have it: numbers in them keep their digits, because they are joined as text.
  const { previous_response_id: _, ...own } = state;
  return escapeLineBreaks(`${JSON.stringify(own).slice(0, -1)},${settings.slice(1)}`);
}

/** Restores the error that a job ended in. */
export function readJobError({ errorCode, errorMessage }: Pick<Job, 'errorCode' | 'errorMessage'>): GatewayError {
  const code = isErrorCode(errorCode) ? errorCode : 'internal';
  return new GatewayError(code, errorMessage ?? undefined);
}

function isErrorCode(code: string | null): code is ErrorCode {
  return code !== null && Object.hasOwn(errorTable, code);
}
