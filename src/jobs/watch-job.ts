import { type JobEvent, listJobEvents } from '../db/queries/job-events.ts';
import { isFinal, type Job } from '../domain/job.ts';
import type { JobDependencies } from './job-dependencies.ts';

/*
 * An invocation may make 1,000 subrequests. Events are read four times a second while most jobs run, then a little more often
 * than once a second: about 810 statements in ten minutes, and 150 for the checks of the key.
 */
const quickMs = 250;
const quickForMs = 20_000;
const slowMs = 800;
/** After this the client has to reconnect, from its last event. */
const maxMs = 600_000;

/**
 * Yields the events of a job after its event number `after`, as they happen, in order and without gaps. Ends after the job's
 * final status, when the signal is aborted, and after ten minutes. It polls, because the job may run in any isolate, and Postgres over
 * HTTP cannot notify this one. Rejects if the database fails: the client resumes after its last event.
 */
export async function* watchJob(
  { database }: Pick<JobDependencies, 'database'>,
  job: Job,
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<JobEvent, void, undefined> {
  if (isFinal(job) && job.eventCount <= after) return;
  // Its events have been deleted, but its final status is still in its row.
  if (job.purgedAt !== null) return yield finalEvent(job);
  const startedAtMs = Date.now();
  let last = after;
  while (!signal.aborted && Date.now() - startedAtMs < maxMs) {
    const events = await listJobEvents(database, job.id, last);
    for (const event of events) {
      yield event;
      last = event.number;
      const { status } = event.data;
      if (status !== undefined && isFinal({ status })) return;
    }
    if (events.length === 0) await scheduler.wait(Date.now() - startedAtMs < quickForMs ? quickMs : slowMs);
  }
}

/** Creates the last event again from the row of a job. The message of its error has been deleted with its events. */
function finalEvent({ eventCount, status, attemptCount, finishReason, errorCode }: Job): JobEvent {
  const error = errorCode === null ? {} : { error: { code: errorCode } };
  const reason = finishReason === null ? {} : { finishReason };
  return { number: eventCount, type: 'status', data: { status, attempt: attemptCount, ...reason, ...error } };
}
