import * as z from 'zod';
import { findJob, listJobs } from '../../db/queries/jobs.ts';
import { jobStatuses, jobTypes } from '../../domain/job.ts';
import type { HttpContext } from '../../http/context.ts';
import { cancelJob } from '../../jobs/cancel-job.ts';
import type { JobDependencies } from '../../jobs/job-dependencies.ts';
import { parseWithSchema } from '../../lib/parse-with-schema.ts';
import { encodeJob } from './encode-native-job.ts';
import { parseJobId, unknownJobError } from './parse-job-id.ts';

const first = z.coerce
  .number('must be 1 to 100')
  .int('must be 1 to 100')
  .min(1, 'must be 1 to 100')
  .max(100, 'must be 1 to 100');
const instant = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time such as 2026-01-31T12:00:00Z' });
/** Postgres takes no U+0000 in a text. */
const name = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => !text.includes('\0'), 'must be a name, which has no U+0000');
export const listSchema = z.strictObject({
  first: first.default(20),
  after: z
    .string()
    .regex(/^job_\w{1,64}$/, "must be a job's id")
    .optional(),
  order: z.enum(['newest', 'oldest'], 'must be newest or oldest').optional(),
  status: z.enum(jobStatuses, `must be one of ${jobStatuses.join(', ')}`).optional(),
  type: z.enum(jobTypes, 'must be TEXT, CHAT or RESPONSE').optional(),
  provider: name(64).optional(),
  model: name(256).optional(),
  createdFrom: instant.optional(),
  createdBefore: instant.optional(),
});

/** `GET /api/jobs/{id}`. */
export function getJob({ database }: JobDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const id = parseJobId(context);
    const job = await findJob(database, context.get('principal').tenantId, id);
    if (!job) throw unknownJobError(id);
    return context.json(encodeJob(job));
  };
}

/** `GET /api/jobs`: the newest first unless `order=oldest`; `endCursor` goes into `after` for the next page. */
export function getJobs({ database }: JobDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const query = parseWithSchema(context.req.query(), listSchema);
    const { first, after, order, status, type, provider, model, createdFrom, createdBefore } = query;
    const filter = {
      statuses: status && [status],
      types: type && [type],
      providers: provider === undefined ? undefined : [provider],
      models: model === undefined ? undefined : [model],
      createdFrom: createdFrom === undefined ? undefined : new Date(createdFrom),
      createdBefore: createdBefore === undefined ? undefined : new Date(createdBefore),
    };
    const { tenantId } = context.get('principal');
    const rows = await listJobs(database, tenantId, { limit: first + 1, after, order }, filter);
    const page = rows.slice(0, first);
    const pageInfo = { hasNextPage: rows.length > page.length, endCursor: page.at(-1)?.id ?? null };
    return context.json({ jobs: page.map(encodeJob), pageInfo });
  };
}

/** `POST /api/jobs/{id}/cancel`. */
export function postCancel(jobs: JobDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const job = await cancelJob(jobs, context.get('principal').tenantId, parseJobId(context));
    return context.json(encodeJob(job));
  };
}
