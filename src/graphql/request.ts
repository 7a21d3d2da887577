import type { LoggedRequestRow, RequestAttempt } from '../db/queries/requests.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import type { ApiKey } from '../domain/tenant.ts';
import { builder } from './builder.ts';
import { requestLoaderKey } from './loaders.ts';
import { RequestSourceRef, RequestStatusRef } from './request-filter.ts';

/** More attempts than requests have: the cost of the list. */
const attemptsCost = { field: 1, multiplier: 3 };

const toDollars = (amount: bigint | null) => (amount === null ? null : nanoUsdToDollars(amount));

const RequestAttemptRef = builder.objectRef<RequestAttempt>('RequestAttempt').implement({
  description: 'An attempt of a request at a provider: a row of the ledger.',
  fields: (t) => ({
    number: t.exposeInt('attempt', { description: 'From 1.' }),
    provider: t.exposeString('provider'),
    model: t.exposeString('model'),
    reportedModel: t.exposeString('reportedModel', { nullable: true, description: 'The one that the provider named.' }),
    status: t.expose('status', { type: RequestStatusRef }),
    finishReason: t.exposeString('finishReason', { nullable: true }),
    errorCode: t.exposeString('errorCode', { nullable: true }),
    tokensIn: t.exposeInt('inputTokens', { nullable: true }),
    tokensOut: t.exposeInt('outputTokens', { nullable: true }),
    cost: t.float({
      nullable: true,
      description: 'Dollars; null where it is not known.',
      resolve: ({ costNanoUsd }) => toDollars(costNanoUsd),
    }),
    priceVersion: t.exposeString('priceVersion', { nullable: true, description: 'The price that made the cost.' }),
    firstByteMs: t.exposeInt('firstByteMs', { nullable: true, description: 'From the start of the request.' }),
    totalMs: t.exposeInt('totalMs'),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the request started.' }),
  }),
});

const RequestTagRef = builder.objectRef<{ readonly name: string; readonly value: string }>('RequestTag').implement({
  fields: (t) => ({ name: t.exposeString('name'), value: t.exposeString('value') }),
});

const RequestApiKeyRef = builder.objectRef<Pick<ApiKey, 'id' | 'name'>>('RequestApiKey').implement({
  description: 'The API key of a request.',
  fields: (t) => ({ id: t.exposeID('id'), name: t.exposeString('name') }),
});

export const RequestRef = builder.objectRef<LoggedRequestRow>('Request').implement({
  description: 'A model request, as the request log has it. What is not known is null.',
  fields: (t) => ({
    id: t.exposeID('id'),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it started.' }),
    tenantId: t.exposeID('tenantId'),
    keyId: t.exposeID('keyId'),
    apiKey: t.field({
      type: RequestApiKeyRef,
      nullable: true,
      resolve: ({ keyId }, _, { loaders }) => loaders.apiKeys.load(keyId),
    }),
    clientRequestId: t.exposeID('clientRequestId', { nullable: true, description: "The client's own x-request-id." }),
    source: t.expose('source', { type: RequestSourceRef }),
    path: t.exposeString('path', { description: 'The route of the API, such as /v1/messages.' }),
    status: t.expose('status', { type: RequestStatusRef }),
    httpStatus: t.exposeInt('httpStatus', { nullable: true, description: 'What the client got. Null for a job.' }),
    provider: t.exposeString('provider', { nullable: true, description: 'Of the last attempt.' }),
    model: t.exposeString('model', { nullable: true, description: 'Of the last attempt.' }),
    route: t.exposeString('route', { nullable: true, description: 'The route that the request named as its model.' }),
    errorCode: t.exposeString('errorCode', { nullable: true }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    upstreamStatus: t.exposeInt('upstreamStatus', { nullable: true, description: "The provider's HTTP status." }),
    upstreamRequestId: t.exposeString('upstreamRequestId', { nullable: true }),
    tokensIn: t.exposeInt('inputTokens', { nullable: true, description: 'Of all attempts.' }),
    tokensOut: t.exposeInt('outputTokens', { nullable: true, description: 'Of all attempts.' }),
    cacheReadTokens: t.exposeInt('cacheReadTokens', { nullable: true }),
    reasoningTokens: t.exposeInt('reasoningTokens', { nullable: true }),
    cost: t.float({
      nullable: true,
      description: 'Dollars, of all attempts.',
      resolve: ({ costNanoUsd }) => toDollars(costNanoUsd),
    }),
    savedCost: t.float({
      nullable: true,
      description: 'Dollars that an earlier reply has saved.',
      resolve: ({ savedNanoUsd }) => toDollars(savedNanoUsd),
    }),
    firstByteMs: t.exposeInt('firstByteMs', { nullable: true }),
    totalMs: t.exposeInt('totalMs'),
    endUser: t.exposeString('endUser', { nullable: true }),
    sessionId: t.exposeString('sessionId', { nullable: true }),
    tags: t.field({
      type: [RequestTagRef],
      resolve: ({ tags }) => Object.entries(tags ?? {}).map(([name, value]) => ({ name, value })),
    }),
    dropped: t.exposeString('dropped', {
      nullable: true,
      description: 'Fields that the translation for the provider left out, as in x-gateway-dropped.',
    }),
    adjusted: t.exposeString('adjusted', { nullable: true, description: 'Fields that it adjusted.' }),
    jobId: t.exposeID('jobId', { nullable: true }),
    represents: t.exposeInt('represents', {
      description: 'How many refused requests the row stands for, where a key has sent too many to log each.',
    }),
    attemptCount: t.exposeInt('attempts'),
    attempts: t.field({
      type: [RequestAttemptRef],
      complexity: attemptsCost,
      resolve: async (request, _, { loaders }) => [...(await loaders.requestAttempts.load(requestLoaderKey(request)))],
    }),
  }),
});
