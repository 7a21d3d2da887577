import { findJob } from '../db/queries/jobs.ts';
import { GatewayError } from '../domain/errors.ts';
import { isFinal, isJobId, type Job, type JobStatus } from '../domain/job.ts';
import { watchChanges } from '../jobs/watch-changes.ts';
import { watchJob } from '../jobs/watch-job.ts';
import { abortOnReturn } from '../lib/abort-on-return.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { JobRef } from './job.ts';
import { requireScopes } from './scopes.ts';

/** The cost of up to a thousand statements in ten minutes. */
const watchCost = 500;

builder.subscriptionFields((t) => ({
  jobUpdated: t.field({
    extensions: requireScopes('read', 'jobs'),
    type: JobRef,
    description:
      'The job as it stands, then as of each change of its status; ends after the final one. After 10 minutes an error with the code unavailable asks to subscribe again.',
    args: { id: t.arg.id({ required: true }) },
    complexity: { field: watchCost },
    subscribe: async (_, { id }, context) => {
      const job = isJobId(id) ? await findJob(context.jobs.database, context.principal.tenantId, id) : undefined;
      if (!job) throw new GatewayError('not_found', `There is no job ${id.slice(0, 64)}.`);
      return abortOnReturn(context.requestInfo.signal, (signal) => streamJobStates(context, job, signal));
    },
    resolve: (job) => job,
  }),
  jobsUpdated: t.field({
    extensions: requireScopes('read', 'jobs'),
    type: JobRef,
    description:
      'Each job of the tenant as it stands after its status has changed. After 10 minutes an error with the code unavailable asks to subscribe again.',
    args: {
      since: t.arg({ type: 'DateTime', description: 'Begins with what has changed since then; left out, with now.' }),
    },
    complexity: { field: watchCost },
    subscribe: (_, { since }, context) =>
      abortOnReturn(context.requestInfo.signal, (signal) => streamJobChanges(context, since ?? undefined, signal)),
    resolve: (job) => job,
  }),
}));

async function* streamJobStates({ jobs }: GraphQlContext, job: Job, signal: AbortSignal): AsyncGenerator<Job, void> {
  yield job;
  let isEnded = isFinal(job);
  for await (const event of watchJob(jobs, job, { after: job.eventCount, signal })) {
    if (event.type !== 'status') continue;
    const status = event.data.status as JobStatus;
    const latest = (await findJob(jobs.database, job.tenantId, job.id)) ?? job;
    isEnded = isFinal({ status });
    const attempt = Number(event.data.attempt);
    yield latest.status === status && latest.attemptCount === attempt
      ? latest
      : toEarlierState(latest, status, attempt);
  }
  if (!isEnded && !signal.aborted) throw subscriptionExpiredError();
}

/** Returns a job that has changed since, as it was when it got this status. */
function toEarlierState(latest: Job, status: JobStatus, attemptCount: number): Job {
  const noResult = { result: null, finishReason: null, errorCode: null, errorMessage: null };
  const notFinished = { tokensIn: null, tokensOut: null, costNanoUsd: null, finishedAt: null, deadLetteredAt: null };
  return { ...latest, ...noResult, ...notFinished, status, attemptCount };
}

async function* streamJobChanges(
  { jobs, principal }: GraphQlContext,
  since: Date | undefined,
  signal: AbortSignal,
): AsyncGenerator<Job, void> {
  yield* watchChanges(jobs, principal.tenantId, { since, signal });
  if (!signal.aborted) throw subscriptionExpiredError();
}

/** The number of statements per request is limited, so no subscription can last for ever. */
function subscriptionExpiredError(): GatewayError {
  return new GatewayError('unavailable', 'This subscription has lasted 10 minutes: subscribe again to go on.');
}
