import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { nanoUsdToDollars } from '../../core/money.ts';
import { findJob, listJobs } from '../../db/queries/jobs.ts';
import { cancelJob } from '../../jobs/cancel-job.ts';
import type { JobDependencies } from '../../jobs/job-dependencies.ts';
import { submitJob } from '../../jobs/submit-job.ts';
import type { HttpContext } from '../context.ts';
import { readJobBody } from '../job-body.ts';

const first = z.coerce
  .number('must be 1 to 100')
  .int('must be 1 to 100')
  .min(1, 'must be 1 to 100')
  .max(100, 'must be 1 to 100');
const listSchema = z.strictObject({
  first: first.default(20),
  after: z
    .string()
    .regex(/^job_\w{1,64}$/, "must be a job's id")
    .optional(),
  status: z.enum(['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']).optional(),
});

/** `POST /api/jobs`: makes a job and answers 202 with where to look at it. */
export function createJob(jobs: JobDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const body = await readJobBody(context);
    const job = await submitJob(jobs, { caller: context.get('caller'), ...body });
    context.header('location', `/api/jobs/${job.id}`);
    return context.json(describeJob(job), 202);
  };
}

/** `GET /api/jobs/{id}`. */
export function getJob({ database }: JobDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const id = context.req.param('id') ?? '';
    const job = await findJob(database, context.get('caller').tenantId, id);
    if (!job) throw new GatewayError('not_found', `There is no job ${id.slice(0, 64)}.`);
    return context.json(describeJob(job));
  };
}

/** `GET /api/jobs`: the newest first; `endCursor` goes into `after` for the next page. */
export function getJobs({ database }: JobDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const query = listSchema.safeParse(context.req.query());
    if (!query.success) {
      const problems = query.error.issues.map(({ path, message }) => `${path.join('.') || 'The query'}: ${message}.`);
      throw new GatewayError('invalid_request', problems.join(' ').slice(0, 500));
    }
    const rows = await listJobs(database, context.get('caller').tenantId, query.data);
    const page = rows.slice(0, query.data.first);
    const pageInfo = { hasNextPage: rows.length > page.length, endCursor: page.at(-1)?.id ?? null };
    return context.json({ jobs: page.map(describeJob), pageInfo });
  };
}

/** `POST /api/jobs/{id}/cancel`. */
export function postCancel({ database }: JobDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const job = await cancelJob(database, context.get('caller').tenantId, context.req.param('id') ?? '');
    return context.json(describeJob(job));
  };
}

function describeJob(job: Job) {
  const self = `/api/jobs/${job.id}`;
  return {
    id: job.id,
    type: job.type,
    status: job.status,
    provider: job.provider,
    model: job.model,
    result: job.result,
    finishReason: job.finishReason,
    error: job.errorCode === null ? null : { code: job.errorCode, message: job.errorMessage },
    tokensIn: job.tokensIn,
    tokensOut: job.tokensOut,
    cost: job.costNanoUsd === null ? null : nanoUsdToDollars(job.costNanoUsd),
    attemptCount: job.attemptCount,
    metadata: job.metadata,
    createdAt: job.createdAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
    urls: { self, cancel: `${self}/cancel` },
  };
}
