import type { HttpContext } from '../../http/context.ts';
import { readJsonBody } from '../../http/read-json-body.ts';
import { parseJobInput } from '../../jobs/parse-job-input.ts';
import type { JobRequest } from '../../jobs/submit-jobs.ts';
import { keepExactNumbers } from '../../lib/exact-json.ts';
import type { WebhookUrlRules } from '../../lib/webhook-url.ts';
import { nativeCheckedFields } from './native-checked-fields.ts';

/** Reads the body of a new job. Throws `invalid_request` that names the field and the fix. */
export async function parseNativeJobRequest(context: HttpContext, rules: WebhookUrlRules): Promise<JobRequest> {
  const { text, value } = await readJsonBody(context.req, nativeCheckedFields);
  keepExactNumbers(text, value, [['metadata']]);
  return parseJobInput(value, rules);
}
