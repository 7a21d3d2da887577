import type { FieldPath } from '../domain/error-issue.ts';
import { GatewayError, invalidFieldError, mapErrorIssues } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import { isJobId } from '../domain/job.ts';
import { readAttribution } from '../gateway/attribution.ts';
import { cancelJob } from '../jobs/cancel-job.ts';
import { parseJobInput } from '../jobs/parse-job-input.ts';
import { retryJob } from '../jobs/retry-job.ts';
import { type JobRequest, submitJobs } from '../jobs/submit-jobs.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { JobRef, JobTypeRef } from './job.ts';
import { createsJobs } from './refused-jobs.ts';
import { requireScopes } from './scopes.ts';

const maxBatchSize = 100;
/** The cost of each job that is created or changed. */
const writeCost = 50;

const ChatMessageInputRef = builder.inputType('ChatMessageInput', {
  fields: (t) => ({
    role: t.string({ required: true, description: 'system, user or assistant.' }),
    content: t.string({ required: true }),
  }),
});

const CreateJobInputRef = builder.inputType('CreateJobInput', {
  description: 'A TEXT job has an input, a CHAT job has messages.',
  fields: (t) => ({
    type: t.field({ type: JobTypeRef, description: 'Left out, it follows from what there is.' }),
    input: t.string(),
    messages: t.field({ type: [ChatMessageInputRef] }),
    provider: t.string({ description: 'Left out, it follows from the model.' }),
    model: t.string({ description: "A model, or a route. Left out, it is the provider's default." }),
    models: t.stringList({
      description:
        'Up to 5 models or routes, instead of `model` or behind it, and without `provider`. The next one is tried where one fails before its reply has begun.',
    }),
    temperature: t.float(),
    topP: t.float(),
    maxTokens: t.int(),
    stop: t.stringList(),
    metadata: t.field({ type: 'JSON', description: 'An object of up to 16 KiB, given back as it came.' }),
    webhookUrl: t.string({ description: "Told of the job's end." }),
    endUser: t.string({ description: 'Your id of the user that the job is for: `x-gateway-user` of the REST API.' }),
    sessionId: t.string({ description: 'Your id of the conversation: `x-gateway-session` of the REST API.' }),
    tags: t.string({ description: 'Such as `team=search,env=prod`: `x-gateway-tags` of the REST API.' }),
    idempotencyKey: t.string({ description: 'The same key with the same input gives the same job for 24 hours.' }),
  }),
});

type CreateJobInput = typeof CreateJobInputRef.$inferInput;

builder.mutationFields((t) => ({
  createJob: t.field({
    extensions: { ...requireScopes('jobs'), ...createsJobs },
    type: JobRef,
    args: { input: t.arg({ type: CreateJobInputRef, required: true }) },
    complexity: writeCost,
    resolve: async (_, { input }, context) => {
      const [job] = await submitRequests(context, [parseInput(context, input)]);
      if (!job) throw new GatewayError('internal');
      return job;
    },
  }),
  createJobs: t.field({
    extensions: { ...requireScopes('jobs'), ...createsJobs },
    type: [JobRef],
    description: 'Makes up to 100 jobs, all or none.',
    args: { inputs: t.arg({ type: [CreateJobInputRef], required: true }) },
    complexity: ({ inputs }) => ({ field: writeCost * inputs.length, multiplier: inputs.length }),
    resolve: async (_, { inputs }, context) => {
      if (inputs.length < 1 || inputs.length > maxBatchSize) {
        throw invalidFieldError(['inputs'], `must be a list of 1 to ${maxBatchSize}`);
      }
      return await submitRequests(
        context,
        inputs.map((input, index) => parseInput(context, input, ['inputs', index])),
      );
    },
  }),
  cancelJob: t.field({
    extensions: requireScopes('jobs'),
    type: JobRef,
    description: 'Cancels a job at once, pending or running.',
    args: { id: t.arg.id({ required: true }) },
    complexity: writeCost,
    resolve: (_, { id }, { jobs, principal }) => cancelJob(jobs, principal.tenantId, checkJobId(id)),
  }),
  retryJob: t.field({
    extensions: requireScopes('jobs'),
    type: JobRef,
    description: 'Does a failed job again, as a new job: once, however often it is asked for.',
    args: { id: t.arg.id({ required: true }) },
    complexity: writeCost,
    resolve: (_, { id }, { jobs, principal }) => retryJob(jobs, principal, checkJobId(id)),
  }),
}));

async function submitRequests({ jobs, principal, onReplay }: GraphQlContext, requests: JobRequest[]): Promise<Job[]> {
  const submitted = await submitJobs(jobs, principal, requests);
  if (submitted.some(({ replayed }) => replayed)) onReplay();
  return submitted.map(({ job }) => job);
}

/** Parses the input at this path of the arguments. Throws `invalid_request` that names the field below it. */
function parseInput({ jobs, principal }: GraphQlContext, input: CreateJobInput, inputPath: FieldPath = []): JobRequest {
  const { idempotencyKey, endUser, sessionId, tags, ...job } = input;
  try {
    const sources = { user: endUser ?? undefined, session: sessionId ?? undefined, tags: tags ?? undefined };
    const attribution = readAttribution(principal, sources);
    return { ...parseJobInput(job, jobs), attribution, idempotencyKey: idempotencyKey ?? undefined };
  } catch (error) {
    throw mapErrorIssues(error, ({ path, message }) => ({ path: [...inputPath, ...path], message }));
  }
}

function checkJobId(id: string): string {
  if (isJobId(id)) return id;
  throw new GatewayError('not_found', `There is no job ${id.slice(0, 64)}.`);
}
