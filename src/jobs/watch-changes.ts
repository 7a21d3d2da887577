import { type ChangeCursor, type JobChange, listChangedJobs, maxChanges } from '../db/queries/jobs.ts';
import type { Job } from '../domain/job.ts';
import type { JobDependencies } from './job-dependencies.ts';

const pauseMs = 750;
/**
 * After this the client has to reconnect. An invocation may make 1,000 subrequests, of which this takes about 800, and the
 * checks of the key 150.
 */
const maxMs = 600_000;
/** A change has the time at which its statement began and is visible when the statement ends: statements may take this long. */
const overlapMs = 5_000;

interface WatchOptions {
  /** Starts with the changes after this time. Absent: now. */
  readonly since: Date | undefined;
  readonly signal: AbortSignal;
}

/**
 * Yields a tenant's jobs as they change, each as it is when it is read: a status that lasts less than a second may be missed, a
 * final one is not. Ends when the signal is aborted, and after ten minutes.
 */
export async function* watchChanges(
  { database }: Pick<JobDependencies, 'database'>,
  tenantId: string,
  { since, signal }: WatchOptions,
): AsyncGenerator<Job, void, undefined> {
  const startedAtMs = Date.now();
  const fromMs = since?.getTime() ?? startedAtMs;
  /** The latest change of each job, by the job's id. Changes older than the overlap are not read again. */
  const delivered = new Map<string, { readonly at: string; readonly atMs: number }>();
  let latestMs = fromMs;
  while (!signal.aborted && Date.now() - startedAtMs < maxMs) {
    let cursor: ChangeCursor | undefined = { at: new Date(latestMs - overlapMs).toISOString(), id: '' };
    while (cursor !== undefined && !signal.aborted) {
      const changes: JobChange[] = await listChangedJobs(database, tenantId, cursor);
      cursor = changes.length === maxChanges ? changes.at(-1)?.cursor : undefined;
      for (const change of changes) {
        const { job, updatedAt } = change;
        const { at } = change.cursor;
        const atMs = updatedAt.getTime();
        const isNew = delivered.get(job.id)?.at !== at;
        delivered.set(job.id, { at, atMs });
        latestMs = Math.max(latestMs, atMs);
        if (isNew && atMs >= fromMs) yield job;
      }
    }
    for (const [id, { atMs }] of delivered) if (atMs < latestMs - overlapMs) delivered.delete(id);
    await scheduler.wait(pauseMs);
  }
}
