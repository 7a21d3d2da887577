import { createRoute, z } from '@hono/zod-openapi';
import { bodyErrors, errorResponses, guardErrors } from '../../build/openapi/error-responses.ts';
import { headerRefs } from '../../build/openapi/headers.ts';
import { describeFields } from '../../build/openapi/json-schema.ts';
import { body, events, json, withKey } from '../../build/openapi/operation.ts';
import { idempotencyKey, jobId, prefer } from '../../build/openapi/parameters.ts';
import { job, jobEvent, jobList, jobRequest } from './native-jobs-openapi-schemas.ts';
import { listSchema } from './native-jobs-route.ts';
import { nativeErrors } from './native-openapi-errors.ts';

const query = describeFields(listSchema, {
  first: 'How many: 1 to 100.',
  after: 'The `endCursor` of the page before.',
  order: '`newest` first, or `oldest`.',
  status: 'Only jobs of this status.',
  type: 'Only jobs of this type.',
  provider: 'Only jobs of this provider.',
  model: 'Only jobs of this model.',
  createdFrom: 'Only jobs made at this time or later.',
  createdBefore: 'Only jobs made before this time.',
});

const lastEventId = z.object({
  'Last-Event-ID': z
    .string()
    .regex(/^\d{0,9}$/)
    .optional()
    .openapi({
      description: 'Goes on after this event, such as `3`: nothing comes twice, nothing is left out.',
    }),
});

const eventsExample = `\`\`\`text
id: 1
event: status
data: {"type":"status","status":"RUNNING","attempt":1}

id: 2
event: chunk
data: {"type":"chunk","attempt":1,"content":"Hello! How can I help you?"}

id: 3
event: status
data: {"type":"status","status":"COMPLETED","attempt":1,"finishReason":"stop"}
\`\`\``;

const tags = ['Jobs'];

export const jobRoutes = [
  createRoute({
    method: 'post',
    path: '/api/jobs',
    operationId: 'createJob',
    tags,
    summary: 'Make a job',
    description: 'With `Prefer: wait=10` it is answered once the job has ended, or after so many seconds.',
    ...withKey,
    request: {
      ...body(jobRequest, ['Stub, without a key', 'OpenAI', 'A conversation, with a webhook']),
      headers: idempotencyKey.extend(prefer.shape),
    },
    responses: {
      200: json(job, 'The job, which has ended.', ['Location', 'Preference-Applied', 'Idempotent-Replayed']),
      202: json(job, 'The job, and where to look at it.', ['Location', 'Preference-Applied', 'Idempotent-Replayed']),
      ...errorResponses(nativeErrors, [...bodyErrors, 'not_found', 'unprocessable', 'rate_limited']),
    },
  }),
  createRoute({
    method: 'get',
    path: '/api/jobs',
    operationId: 'listJobs',
    tags,
    summary: 'List jobs, the newest first',
    ...withKey,
    request: { query },
    responses: { 200: json(jobList, 'A page of jobs.'), ...errorResponses(nativeErrors, guardErrors) },
  }),
  createRoute({
    method: 'get',
    path: '/api/jobs/{id}',
    operationId: 'getJob',
    tags,
    summary: 'Look at a job',
    ...withKey,
    request: { params: jobId },
    responses: { 200: json(job, 'The job.'), ...errorResponses(nativeErrors, [...guardErrors, 'not_found']) },
  }),
  createRoute({
    method: 'post',
    path: '/api/jobs/{id}/cancel',
    operationId: 'cancelJob',
    tags,
    summary: 'Cancel a job',
    description:
      'At once, pending or running; a cancelled one is given again. A running one ends its call at the provider, and is billed for what was produced.',
    ...withKey,
    request: { params: jobId },
    responses: {
      200: json(job, 'The job, cancelled.'),
      ...errorResponses(nativeErrors, [...bodyErrors, 'not_found', 'conflict']),
    },
  }),
  createRoute({
    method: 'get',
    path: '/api/jobs/{id}/events',
    operationId: 'watchJob',
    tags,
    summary: 'Watch a job, as server-sent events',
    description: `\`status\` with each change, \`chunk\` with text while it is produced. The stream ends with the final status, or after ten minutes, when the client comes back with \`Last-Event-ID\`.\n\n${eventsExample}`,
    ...withKey,
    request: { params: jobId, headers: lastEventId },
    responses: {
      200: events(jobEvent, 'Events, of which the schema tells the data.'),
      204: { description: 'Nothing can come any more.', headers: headerRefs() },
      ...errorResponses(nativeErrors, [...guardErrors, 'not_found']),
    },
  }),
];
