import { createRoute, z } from '@hono/zod-openapi';
import { component } from '../../build/openapi/components.ts';
import { errorResponses, guardErrors } from '../../build/openapi/error-responses.ts';
import { headerRefs } from '../../build/openapi/headers.ts';
import { describeFields } from '../../build/openapi/json-schema.ts';
import { json, withKey } from '../../build/openapi/operation.ts';
import { ledgerStatuses, requestSources } from '../../domain/ledger.ts';
import { loggedStatuses } from '../../domain/logging.ts';
import { nativeErrors } from './native-openapi-errors.ts';
import { requestListSchema } from './native-requests-route.ts';

const query = describeFields(requestListSchema, {
  first: 'How many: 1 to 100, 20 by default.',
  after: 'The `next` of the page before, with the same filter.',
  format: '`csv` or `ndjson`: all requests that the filter selects, as a stream. `Accept` says the same.',
  tenantId: "Another tenant's requests; without it those of all tenants. For keys with the scope `admin`.",
  id: "The gateway's id, or the client's own `x-request-id`. No other filter beside it but the times.",
  keyId: 'Only requests of this API key.',
  endUser: 'Only requests of this end user.',
  sessionId: 'Only requests of this session.',
  status: 'Only requests that ended so. `refused`: no provider was asked.',
  model: 'Only requests whose last attempt was at this model.',
  route: 'Only requests that named this route.',
  provider: 'Only requests whose last attempt was at this provider.',
  errorCode: 'Only requests with this error.',
  tag: 'Only requests with this tag: `name=value`.',
  source: 'Only requests that came in so.',
  minTotalMs: 'Only requests that took so many milliseconds or more.',
  fellBack: '`true`: only requests with more than one attempt.',
  since: 'Only requests that started at this time or later. Left out: 24 hours before `until`.',
  until: 'Only requests that started before this time, at most 31 days after `since`. Left out: now.',
});

const time = z.iso.datetime();
const count = z.int().min(0).nullable();
const text = z.string().nullable();
const dollars = z.number().nullable();

const requestFields = {
  id: z.string(),
  createdAt: time.meta({ description: 'When it started.' }),
  tenantId: z.string(),
  keyId: z.string(),
  clientRequestId: text.meta({ description: "The client's own `x-request-id`." }),
  source: z.enum(requestSources),
  path: z.string().meta({ description: 'The route of the API.' }),
  status: z.enum(loggedStatuses),
  httpStatus: count.meta({ description: 'What the client got. Null for a job.' }),
  provider: text,
  model: text,
  route: text.meta({ description: 'The route that the request named as its model.' }),
  errorCode: text,
  errorMessage: text,
  upstreamStatus: count.meta({ description: "The provider's HTTP status." }),
  upstreamRequestId: text,
  tokensIn: count,
  tokensOut: count,
  cacheReadTokens: count,
  reasoningTokens: count,
  cost: dollars.meta({ description: 'Dollars, of all attempts.' }),
  savedCost: dollars.meta({ description: 'Dollars that an earlier reply has saved.' }),
  firstByteMs: count,
  totalMs: z.int().min(0),
  attemptCount: z.int().min(0),
  endUser: text,
  sessionId: text,
  tags: z.record(z.string(), z.string()).nullable(),
  dropped: text.meta({ description: 'Fields that the translation for the provider left out.' }),
  adjusted: text.meta({ description: 'Fields that it adjusted.' }),
  jobId: text,
  represents: z.int().min(1).meta({ description: 'How many refused requests it stands for.' }),
};

const requestExample = {
  id: 'req_01K9Z3N4V6T8QW2R5Y7B9D1F3H',
  createdAt: '2026-01-31T12:00:00.000Z',
  tenantId: 'ten_01K9Z3N4V6T8QW2R5Y7B9D1F3H',
  keyId: 'key_01K9Z3N4V6T8QW2R5Y7B9D1F3H',
  clientRequestId: null,
  source: 'sync',
  path: '/v1/chat/completions',
  status: 'completed',
  httpStatus: 200,
  provider: 'openai',
  model: 'gpt-4o-mini',
  route: null,
  errorCode: null,
  errorMessage: null,
  upstreamStatus: 200,
  upstreamRequestId: 'req_7f3a',
  tokensIn: 10,
  tokensOut: 8,
  cacheReadTokens: 0,
  reasoningTokens: 0,
  cost: 0.0000063,
  savedCost: null,
  firstByteMs: 310,
  totalMs: 480,
  attemptCount: 1,
  endUser: 'user-7',
  sessionId: null,
  tags: { team: 'search' },
  dropped: null,
  adjusted: null,
  jobId: null,
  represents: 1,
};

const loggedRequest = component('LoggedRequest', z.object(requestFields), {
  description: 'A model request in the request log. What is not known is null.',
  examples: [requestExample],
});

const attempt = component(
  'RequestAttempt',
  z.object({
    number: z.int().min(1),
    provider: z.string(),
    model: z.string(),
    reportedModel: text,
    status: z.enum(ledgerStatuses),
    finishReason: text,
    errorCode: text,
    tokensIn: count,
    tokensOut: count,
    cost: dollars,
    priceVersion: text,
    firstByteMs: count,
    totalMs: z.int().min(0),
    createdAt: time,
  }),
  { description: 'An attempt of a request at a provider.' },
);

const requestWithAttempts = component(
  'RequestWithAttempts',
  z.object({ ...requestFields, attempts: z.array(attempt) }),
  { description: 'A model request with its attempts, in their order.' },
);

const requestList = component(
  'RequestList',
  z.object({
    requests: z.array(loggedRequest),
    next: text.meta({ description: 'Goes into `after` for the next page; null where there is none.' }),
    scannedUntil: time.nullable().meta({
      description:
        'The time up to which the page has looked, where it ended before it was full: the filter has no index of its own, and a page looks at 50,000 requests.',
    }),
  }),
  {
    description: 'A page of the request log, the newest request first.',
    examples: [{ requests: [requestExample], next: null, scannedUntil: null }],
  },
);

const page = json(requestList, 'A page, or an export.');
const textContent = { schema: { type: 'string' as const } };
const tags = ['Request log'];

export const requestRoutes = [
  createRoute({
    method: 'get',
    path: '/api/requests',
    operationId: 'listRequests',
    tags,
    summary: 'List or export requests, the newest first',
    description:
      'The requests of the tenant, and of all tenants for a key with the scope `admin`. A request is there about a second after it has ended.',
    ...withKey,
    request: { query },
    responses: {
      200: {
        ...page,
        headers: headerRefs(),
        content: { ...page.content, 'text/csv': textContent, 'application/x-ndjson': textContent },
      },
      ...errorResponses(nativeErrors, guardErrors),
    },
  }),
  createRoute({
    method: 'get',
    path: '/api/requests/{id}',
    operationId: 'getRequest',
    tags,
    summary: 'Look at a request',
    description: "By the gateway's id, or the newest by the client's own `x-request-id`.",
    ...withKey,
    request: { params: z.object({ id: z.string().openapi({ example: requestExample.id }) }) },
    responses: {
      200: json(requestWithAttempts, 'The request with its attempts.'),
      ...errorResponses(nativeErrors, [...guardErrors, 'not_found']),
    },
  }),
];
