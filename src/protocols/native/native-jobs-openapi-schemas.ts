import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import { errorCode } from '../../build/openapi/error-schemas.ts';
import { describeFields } from '../../build/openapi/json-schema.ts';
import { jobStatuses, jobTypes } from '../../domain/job.ts';
import { jobInputSchema } from '../../jobs/parse-job-input.ts';
import { callTexts, counts, errorEvent, finishReason } from './native-openapi-schemas.ts';

export const jobRequest = component(
  'JobRequest',
  describeFields(jobInputSchema, {
    type: '`TEXT` has an `input`, `CHAT` has `messages`. Left out, it follows from which of them is there.',
    input: 'The one message of a user. Exactly one of this and `messages`.',
    ...callTexts,
    metadata: z.record(z.string(), z.unknown()).nullish().meta({
      description: 'Your own fields for the job, returned as they came: an object of at most 16 KiB of JSON.',
    }),
    webhookUrl:
      "Gets an event when the job ends, by the Standard Webhooks. `https` only, but on a developer's machine.",
  }),
  {
    description: 'A call that is made later, and survives a crash.',
    examples: [
      { type: 'TEXT', input: 'Hello AI!', provider: 'stub' },
      { type: 'TEXT', input: 'Hello AI!', provider: 'openai', model: 'gpt-4o-mini', metadata: { order: 7 } },
      { type: 'CHAT', messages: [{ role: 'user', content: 'Hello!' }], webhookUrl: 'https://example.com/hook' },
    ],
  },
);

const jobStatus = component('JobStatus', z.enum(jobStatuses), {
  description:
    '`PENDING` waits for its next attempt, `RUNNING` is being worked on; `COMPLETED`, `FAILED` and `CANCELLED` are final and never change.',
});

const time = z.iso.datetime();
const jobId = z
  .string()
  .meta({ description: 'In the order of creation.', examples: ['job_01K9Z3N4V6T8QW2R5Y7B9D1F3H'] });

const jobExample = {
  id: 'job_01K9Z3N4V6T8QW2R5Y7B9D1F3H',
  type: 'TEXT',
  status: 'COMPLETED',
  provider: 'openai',
  model: 'gpt-4o-mini',
  result: 'Hello! How can I help you?',
  finishReason: 'stop',
  error: null,
  tokensIn: 10,
  tokensOut: 8,
  cost: 0.0000063,
  attemptCount: 1,
  metadata: { order: 7 },
  webhookUrl: null,
  retryOf: null,
  createdAt: '2026-01-31T12:00:00.000Z',
  startedAt: '2026-01-31T12:00:00.120Z',
  finishedAt: '2026-01-31T12:00:01.480Z',
  urls: {
    self: '/api/jobs/job_01K9Z3N4V6T8QW2R5Y7B9D1F3H',
    cancel: '/api/jobs/job_01K9Z3N4V6T8QW2R5Y7B9D1F3H/cancel',
    events: '/api/jobs/job_01K9Z3N4V6T8QW2R5Y7B9D1F3H/events',
  },
};

export const job = component(
  'Job',
  z.object({
    id: jobId,
    type: z.enum(jobTypes),
    status: jobStatus,
    provider: z.string(),
    model: z.string(),
    result: z.string().nullable().meta({ description: 'The whole reply, once the job is completed.' }),
    finishReason: finishReason.nullable(),
    error: z
      .object({ code: errorCode, message: z.string().nullable() })
      .nullable()
      .meta({ description: 'Why the job has failed.' }),
    ...counts,
    attemptCount: z.int().min(0).meta({ description: 'How often it has been tried: up to five times.' }),
    metadata: z.unknown().meta({ description: 'As it was sent, or null.' }),
    webhookUrl: z.string().nullable(),
    retryOf: jobId.nullable().meta({ description: 'The failed job that this one does again.' }),
    createdAt: time,
    startedAt: time.nullable().meta({ description: 'When its first attempt began.' }),
    finishedAt: time.nullable().meta({ description: 'When it came to its final status.' }),
    urls: z
      .object({ self: z.string(), cancel: z.string(), events: z.string() })
      .meta({ description: 'Where to look at it, to cancel it, and to watch it.' }),
  }),
  { description: 'A job. What is not known, or not known yet, is null.', examples: [jobExample] },
);

export const jobList = component(
  'JobList',
  z.object({
    jobs: z.array(job),
    pageInfo: z.object({
      hasNextPage: z.boolean(),
      endCursor: jobId.nullable().meta({ description: 'Goes into `after` for the next page.' }),
    }),
  }),
  {
    description: 'A page of jobs.',
    examples: [{ jobs: [jobExample], pageInfo: { hasNextPage: false, endCursor: jobExample.id } }],
  },
);

const attempt = z.int().min(0).meta({ description: 'The number of the attempt. A retry begins again.' });

const jobStatusEvent = component(
  'JobStatusEvent',
  z.object({
    type: z.literal('status'),
    status: jobStatus,
    attempt,
    finishReason: finishReason.optional(),
    error: z.object({ code: errorCode, message: z.string().optional() }).optional(),
  }),
  {
    description: 'The status has changed.',
    examples: [{ type: 'status', status: 'COMPLETED', attempt: 1, finishReason: 'stop' }],
  },
);

const jobChunkEvent = component('JobChunkEvent', z.object({ type: z.literal('chunk'), attempt, content: z.string() }), {
  description: 'Text while it is produced, up to four times a second.',
  examples: [{ type: 'chunk', attempt: 1, content: 'Hello! How' }],
});

export const jobEvent = component(
  'JobEvent',
  z.discriminatedUnion('type', [jobStatusEvent, jobChunkEvent, errorEvent]),
  { description: 'The JSON of one `data:` line; the line `id:` before it is what `Last-Event-ID` takes.' },
);
