import type { JobAttempt } from '../db/queries/job-events.ts';
import { getJobRoute, type Job, jobStatuses, jobTypes } from '../domain/job.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import { joinText } from '../domain/request.ts';
import { builder } from './builder.ts';
import { NodeRef } from './node.ts';

export const JobStatusRef = builder.enumType('JobStatus', { values: jobStatuses });
export const JobTypeRef = builder.enumType('JobType', { values: jobTypes });

interface Failure {
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

const JobErrorRef = builder.objectRef<Failure>('JobError').implement({
  fields: (t) => ({
    code: t.string({ resolve: ({ errorCode }) => errorCode ?? 'internal' }),
    message: t.string({ resolve: ({ errorMessage }) => errorMessage ?? '' }),
  }),
});

const getFailure = (failure: Failure) => (failure.errorCode === null ? null : failure);

const JobAttemptRef = builder.objectRef<JobAttempt>('JobAttempt').implement({
  description: 'One try at a job.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'From 1.' }),
    requestId: t.exposeID('requestId', { description: 'The row of the attempt in the ledger, where it got one.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    error: t.field({
      type: JobErrorRef,
      nullable: true,
      description: 'Null too where it ended because the job was cancelled.',
      resolve: getFailure,
    }),
  }),
});

/** Removes the error of an attempt that ended because its job was cancelled: it did not fail. */
function hideCancellation(attempt: JobAttempt, { status, finishedAt }: Job): JobAttempt {
  const wasCancelled = status === 'CANCELLED' && finishedAt && attempt.finishedAt && attempt.finishedAt >= finishedAt;
  return wasCancelled ? { ...attempt, errorCode: null, errorMessage: null } : attempt;
}

const ChatMessageRef = builder.objectRef<{ role: string; content: string }>('ChatMessage').implement({
  fields: (t) => ({
    role: t.exposeString('role', { description: 'system, user or assistant.' }),
    content: t.exposeString('content'),
  }),
});

interface Parameters {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly stop?: readonly string[] | undefined;
}

const JobParametersRef = builder.objectRef<Parameters>('JobParameters').implement({
  description: 'What was asked for; null where it was left to the provider.',
  fields: (t) => ({
    temperature: t.exposeFloat('temperature', { nullable: true }),
    topP: t.exposeFloat('topP', { nullable: true }),
    maxTokens: t.exposeInt('maxTokens', { nullable: true }),
    stop: t.stringList({ nullable: true, resolve: ({ stop }) => (stop ? [...stop] : null) }),
  }),
});

/** The maximum of attempts, and more messages than most conversations have: the cost of these lists. */
const attemptsCost = { field: 1, multiplier: 5 };
const messagesCost = { field: 1, multiplier: 10 };

export const JobRef = builder.objectRef<Job>('Job');

JobRef.implement({
  interfaces: [NodeRef],
  description: 'An asynchronous call. What is not known (yet) is null.',
  fields: (t) => ({
    id: t.exposeID('id'),
    type: t.expose('type', { type: JobTypeRef }),
    status: t.expose('status', { type: JobStatusRef }),
    provider: t.exposeString('provider', {
      nullable: true,
      description:
        'Of several targets the one that has answered, or was tried last. Until the job has ended, the first of them.',
    }),
    model: t.exposeString('model', { nullable: true, description: "The provider's, as `provider` says." }),
    route: t.string({
      nullable: true,
      description: 'The route that was named as the model; null where none was.',
      resolve: getJobRoute,
    }),
    input: t.string({
      nullable: true,
      description: 'The prompt of a TEXT job; null once it has been purged.',
      resolve: async ({ id, type }, _, { loaders }) => {
        const request = type === 'TEXT' ? await loaders.calls.load(id) : null;
        return request ? joinText(request.messages[0]?.content ?? []) : null;
      },
    }),
    messages: t.field({
      type: [ChatMessageRef],
      nullable: true,
      description: 'The conversation of a CHAT job; null once it has been purged.',
      complexity: messagesCost,
      resolve: async ({ id, type }, _, { loaders }) => {
        const request = type === 'CHAT' ? await loaders.calls.load(id) : null;
        return request ? request.messages.map(({ role, content }) => ({ role, content: joinText(content) })) : null;
      },
    }),
    parameters: t.field({
      type: JobParametersRef,
      nullable: true,
      description: 'Null once they have been purged.',
      resolve: ({ id }, _, { loaders }) => loaders.calls.load(id),
    }),
    result: t.exposeString('result', { nullable: true }),
    finishReason: t.exposeString('finishReason', { nullable: true }),
    error: t.field({ type: JobErrorRef, nullable: true, resolve: getFailure }),
    tokensIn: t.exposeInt('tokensIn', { nullable: true }),
    tokensOut: t.exposeInt('tokensOut', { nullable: true }),
    cost: t.float({
      nullable: true,
      description: 'Dollars.',
      resolve: ({ costNanoUsd }) => (costNanoUsd === null ? null : nanoUsdToDollars(costNanoUsd)),
    }),
    attemptCount: t.exposeInt('attemptCount'),
    attempts: t.field({
      type: [JobAttemptRef],
      complexity: attemptsCost,
      resolve: async (job, _, { loaders }) =>
        (await loaders.attempts.load(job.id)).map((attempt) => hideCancellation(attempt, job)),
    }),
    metadata: t.expose('metadata', { type: 'JSON', nullable: true }),
    webhookUrl: t.exposeString('webhookUrl', { nullable: true }),
    retryOf: t.field({
      type: JobRef,
      nullable: true,
      description: 'The failed job that this one does again.',
      resolve: ({ retryOf }, _, { loaders }) => (retryOf === null ? null : loaders.jobs.load(retryOf)),
    }),
    retriedBy: t.field({
      type: JobRef,
      nullable: true,
      description: 'The job that does this failed one again.',
      resolve: ({ id, status }, _, { loaders }) => (status === 'FAILED' ? loaders.retries.load(id) : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    deadLetteredAt: t.expose('deadLetteredAt', { type: 'DateTime', nullable: true }),
    purgedAt: t.expose('purgedAt', { type: 'DateTime', nullable: true }),
  }),
});
