import { checkScope } from '../../auth/check-scope.ts';
import { GatewayError } from '../../domain/errors.ts';
import { isFinal } from '../../domain/job.ts';
import type { HttpContext } from '../../http/context.ts';
import { parsePreferHeader } from '../../http/prefer-header.ts';
import { readIdempotencyKey } from '../../http/read-idempotency-key.ts';
import type { JobDependencies } from '../../jobs/job-dependencies.ts';
import { type JobRequest, submitJobs } from '../../jobs/submit-jobs.ts';
import { waitForJob } from '../../jobs/wait-for-job.ts';
import type { WebhookUrlRules } from '../../lib/webhook-url.ts';
import { readRequestAttribution } from '../create-gateway-request.ts';
import { encodeJob } from './encode-native-job.ts';
import { parseNativeJobRequest } from './parse-native-job-request.ts';

/** `POST /api/jobs`: makes a job and answers 202 with where to look at it. */
export function createJob(jobs: JobDependencies, rules: WebhookUrlRules) {
  return async (context: HttpContext): Promise<Response> => {
    const request = await parseNativeJobRequest(context, rules);
    const attribution = readRequestAttribution(context, undefined, { ...request, source: 'job' });
    return await respondWithJob(jobs, context, { ...request, attribution });
  };
}

/**
 * Makes a job of a request and answers 202; with `Prefer: wait=N`, 200 where the job ends within so many seconds. The same
 * Idempotency-Key gives the same job again. On each route, the key needs the scope `jobs`.
 */
export async function respondWithJob(
  jobs: JobDependencies,
  context: HttpContext,
  request: JobRequest,
): Promise<Response> {
  checkScope(context.get('principal'), ['jobs']);
  const idempotencyKey = readIdempotencyKey(context);
  const { respondAsync, waitSeconds } = parsePreferHeader(context);
  const [submitted] = await submitJobs(jobs, context.get('principal'), [{ ...request, idempotencyKey }]);
  if (!submitted) throw new GatewayError('internal');
  const { job: submittedJob, replayed } = submitted;
  const signal = context.get('clientSignal');
  const authorize = context.get('reauthenticate');
  const job = waitSeconds
    ? await waitForJob(jobs, submittedJob, { seconds: waitSeconds, signal, authorize })
    : submittedJob;
  context.set('report', { provider: job.provider, model: job.model });
  const applied = [respondAsync && 'respond-async', waitSeconds !== undefined && `wait=${waitSeconds}`].filter(Boolean);
  if (applied.length > 0) context.header('preference-applied', applied.join(', '));
  if (replayed) context.header('idempotent-replayed', 'true');
  context.header('location', `/api/jobs/${job.id}`);
  return context.json(encodeJob(job), isFinal(job) ? 200 : 202);
}
