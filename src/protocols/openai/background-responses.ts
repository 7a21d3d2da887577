import { findJobInput, findResponseJob, type ResponseJob } from '../../db/queries/response-jobs.ts';
import { GatewayError } from '../../domain/errors.ts';
import { toJobId } from '../../domain/job.ts';
import { cancelJob } from '../../jobs/cancel-job.ts';
import type { RouteDependencies } from '../protocol-route.ts';
import { createStoredItems } from './create-stored-items.ts';
import { encodeBackgroundResponse } from './encode-openai-background-response.ts';
import { parsePreviousId } from './find-previous-items.ts';

/** The name of a response. */
export interface ResponseKey {
  readonly tenantId: string;
  readonly id: string;
}

type Jobs = RouteDependencies['jobs'];

/** Finds the job that makes a response; undefined for a response that no job has made, and where what it had has been deleted. */
export async function findBackground(
  { database }: Jobs,
  { tenantId, id }: ResponseKey,
): Promise<ResponseJob | undefined> {
  const jobId = toJobId(id);
  return jobId === undefined ? undefined : await findResponseJob(database, tenantId, jobId);
}

export async function cancelUnlessEnded(jobs: Jobs, { job }: ResponseJob): Promise<void> {
  try {
    await cancelJob(jobs, job.tenantId, job.id);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'conflict') throw error;
  }
}

/** Responds with a response as its job has it, or as it is stored if it is completed. */
export async function createBackgroundReply(
  responses: RouteDependencies['responses'],
  key: ResponseKey,
  background: ResponseJob,
): Promise<Response> {
  if (background.job.status !== 'COMPLETED') return createJsonResponse(encodeBackgroundResponse(background));
  const found = await responses.find(key);
  if (found?.type !== 'stored') throw unknownResponseError(key.id);
  return createJsonResponse(found.json);
}

export function createJsonResponse(json: string): Response {
  return new Response(json, { headers: { 'content-type': 'application/json' } });
}

/** Finds the input of a response that is not stored yet, or has not been completed. */
export async function findQueuedTurn(
  { database }: Jobs,
  { tenantId, id }: ResponseKey,
): Promise<{ readonly previousId: string | null; readonly input: readonly object[] } | undefined> {
  const jobId = toJobId(id);
  const input = jobId === undefined ? undefined : await findJobInput(database, tenantId, jobId);
  if (!jobId || !input?.response) return undefined;
  const body: Readonly<Record<string, unknown>> = JSON.parse(input.response.request);
  return { previousId: parsePreviousId(body), input: createStoredItems(body.input, jobId.slice('job_'.length)) };
}

export function unknownResponseError(id: string): GatewayError {
  return new GatewayError('not_found', `There is no response ${id.slice(0, 64)}.`);
}
