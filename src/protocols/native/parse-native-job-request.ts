import type { HttpContext } from '../../http/context.ts';
import { readJson } from '../../http/read-json-body.ts';
import { readJobInput } from '../../jobs/parse-job-input.ts';
import type { JobRequest } from '../../jobs/submit-jobs.ts';
import type { WebhookUrlRules } from '../../lib/webhook-url.ts';

/** Reads the body of a new job. Throws `invalid_request` that names the field and the fix. */
export async function readJobBody(context: HttpContext, rules: WebhookUrlRules): Promise<JobRequest> {
  return readJobInput((await readJson(context.req)).value, rules);
}
