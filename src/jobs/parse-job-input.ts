import * as z from 'zod';
import { invalidFieldError } from '../domain/errors.ts';
import { chatRequestFields, listModels, parseChatRequestFields } from '../gateway/chat-request-fields.ts';
import { parseWithSchema } from '../lib/parse-with-schema.ts';
import { findWebhookUrlProblem, type WebhookUrlRules } from '../lib/webhook-url.ts';
import type { JobRequest } from './submit-jobs.ts';

/** Of the metadata as JSON in UTF-8. docs/guides/jobs.md and the error promise it as 16 KiB. */
const maxMetadataBytes = 16_384;
const countUtf8Bytes = (text: string) => new TextEncoder().encode(text).byteLength;

/**
 * The input of a new job, in REST and in GraphQL. Null is the same as absent, because GraphQL clients send null for absent fields. It is
 * strict, as all native requests are: an unknown field is an error. The OpenAPI document is made from it.
 */
export const jobInputSchema = z.strictObject({
  type: z.enum(['TEXT', 'CHAT'], { error: 'must be TEXT (with input) or CHAT (with messages)' }).nullish(),
  input: z.string().min(1).nullish(),
  ...chatRequestFields,
  // Not z.record, which makes a copy: a copy loses a property named __proto__, and metadata is returned as it was sent.
  metadata: z
    .custom<Readonly<Record<string, unknown>>>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'must be an object',
    )
    .refine(
      (metadata) => countUtf8Bytes(JSON.stringify(metadata)) <= maxMetadataBytes,
      'must be at most 16 KiB of JSON',
    )
    .nullish(),
  webhookUrl: z.string('must be a URL').nullish(),
});

/**
 * Parses the input of a new job. Throws `invalid_request` that names the field and the fix. The URL of the webhook is checked here, so
 * that the client sees the error, and again before each delivery.
 */
export function parseJobInput(value: unknown, rules: WebhookUrlRules): JobRequest {
  const { type, input, metadata, webhookUrl, ...body } = parseWithSchema(value, jobInputSchema);
  if (type === 'TEXT' && input == null) throw invalidFieldError(['input'], 'is missing: a TEXT job has one');
  if (type === 'CHAT' && body.messages == null) {
    throw invalidFieldError(['messages'], 'is missing: a CHAT job has a list of them');
  }
  if ((input == null) === (body.messages == null)) {
    const problem = input == null ? 'is missing' : 'cannot stand beside messages';
    throw invalidFieldError(['input'], `${problem}: a job has either an input, or a list of messages`);
  }
  const urlProblem = webhookUrl == null ? undefined : findWebhookUrlProblem(webhookUrl, rules);
  if (urlProblem !== undefined) throw invalidFieldError(['webhookUrl'], urlProblem);
  return {
    type: type ?? (body.messages == null ? 'TEXT' : 'CHAT'),
    provider: body.provider ?? undefined,
    model: body.model ?? undefined,
    models: listModels(body),
    request: parseChatRequestFields({ ...body, prompt: input }),
    metadata: metadata ?? null,
    webhookUrl: webhookUrl ?? undefined,
  };
}
