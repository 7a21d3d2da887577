import type { WebhookUrlRules } from '../core/webhook-url.ts';
import { readJobInput } from '../jobs/job-input.ts';
import type { JobRequest } from '../jobs/submit-jobs.ts';
import type { HttpContext } from './context.ts';
import { readJson } from './parse-json.ts';

/** Reads the body of a new job. Throws `invalid_request` that names the field and the fix. */
export async function readJobBody(context: HttpContext, rules: WebhookUrlRules): Promise<JobRequest> {
  return readJobInput((await readJson(context.req)).value, rules);
}
