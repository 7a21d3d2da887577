import { and, eq, sql } from 'drizzle-orm';
import type { Job } from '../../domain/job.ts';
import type { RequestTags } from '../../domain/logging.ts';
import type { ChatRequest } from '../../domain/request.ts';
import type { Database } from '../client.ts';
import { jobEvents } from '../schema/job-events.ts';
import { jobs } from '../schema/jobs.ts';
import { jobColumns } from './jobs.ts';

/** What a job runs: a chat request, or a Responses request. Both are null once they have been purged. */
export interface JobInput {
  readonly call: Omit<ChatRequest, 'model'> | null;
  readonly response: ResponseJobInput | null;
  readonly models: readonly string[] | null;
  readonly endUser: string | null;
  readonly sessionId: string | null;
  readonly tags: RequestTags | null;
}

/** Finds what a tenant's job runs; undefined for an unknown id. */
export async function findJobInput(database: Database, tenantId: string, id: string): Promise<JobInput | undefined> {
  const [row] = await database
    .select({
      models: jobs.models,
      endUser: jobs.endUser,
      sessionId: jobs.sessionId,
      tags: jobs.tags,
      call: jobs.call,
      responseRequest: jobs.responseRequest,
      responseSettings: jobs.responseSettings,
    })
    .from(jobs)
    .where(and(eq(jobs.id, id), eq(jobs.tenantId, tenantId)));
  if (!row) return undefined;
  const { responseRequest, responseSettings, ...input } = row;
  return { ...input, response: toResponseJobInput({ responseRequest, responseSettings }) };
}

/** A Responses request that a job runs. */
export interface ResponseJobInput {
  /** The body as the client has sent it: JSON. */
  readonly request: string;
  /** JSON: what the response repeats of its request. */
  readonly settings: string;
}

/** Puts the columns of a Responses request together; null where there is none. */
export function toResponseJobInput(row: {
  readonly responseRequest: string | null;
  readonly responseSettings: string | null;
}): ResponseJobInput | null {
  const { responseRequest: request, responseSettings: settings } = row;
  return request === null || settings === null ? null : { request, settings };
}

/** A job that makes a response, with what the response repeats of its request. */
export interface ResponseJob {
  readonly job: Job;
  /** JSON. */
  readonly settings: string;
}

/** Finds the job that makes a tenant's response; undefined for an unknown id and for a response that was deleted or purged. */
export async function findResponseJob(
  database: Database,
  tenantId: string,
  id: string,
): Promise<ResponseJob | undefined> {
  const [row] = await database
    .select({ ...jobColumns, responseSettings: jobs.responseSettings })
    .from(jobs)
    .where(and(eq(jobs.id, id), eq(jobs.tenantId, tenantId)));
  if (!row) return undefined;
  const { responseSettings: settings, ...job } = row;
  return settings === null ? undefined : { job, settings };
}

/** Erases what a job that has ended has of its response: request, settings, text and the events of its output. Safe to repeat. */
export async function eraseResponse(database: Database, tenantId: string, id: string): Promise<void> {
  await database.execute(sql`
    WITH erased AS (
      UPDATE ${jobs} SET response_request = NULL, response_settings = NULL, result = NULL, error_message = NULL
      WHERE id = ${id} AND tenant_id = ${tenantId} AND type = 'RESPONSE' AND status IN ('COMPLETED', 'FAILED', 'CANCELLED')
      RETURNING id
    )
    DELETE FROM ${jobEvents} WHERE job_id IN (SELECT id FROM erased) AND type = 'chunk'`);
}
