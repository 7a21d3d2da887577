import { findJob } from '../db/queries/jobs.ts';
import { isFinal, type Job } from '../domain/job.ts';
import type { JobDependencies } from './job-dependencies.ts';

/** Pauses double from the first to the maximum: short jobs are seen at once, long ones cost two queries a second. */
const firstPauseMs = 50;
const maxPauseMs = 500;

interface WaitOptions {
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Rejects once the key is no longer valid: the wait outlives what the key may do otherwise. */
  readonly authorize: () => Promise<unknown>;
}

/**
 * Waits until a job is final, for at most `seconds` or until the signal is aborted. Returns the job as it is then. Rejects as
 * `authorize` does.
 *
 * It polls, because the job runs in another isolate, and Postgres over HTTP cannot notify this one. A poll is one query by the
 * primary key and one subrequest: about 120 in the longest wait of 60 s.
 */
export async function waitForJob(
  { database }: Pick<JobDependencies, 'database'>,
  job: Job,
  { seconds, signal, authorize }: WaitOptions,
): Promise<Job> {
  const endAtMs = Date.now() + seconds * 1000;
  let latest = job;
  for (let pauseMs = firstPauseMs; !isFinal(latest) && !signal.aborted; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
    const remainingMs = endAtMs - Date.now();
    if (remainingMs <= 0) break;
    await scheduler.wait(Math.min(pauseMs, remainingMs));
    await authorize();
    latest = (await findJob(database, job.tenantId, job.id)) ?? latest;
  }
  return latest;
}
