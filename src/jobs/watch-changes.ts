import { type ChangePlace, type JobChange, listChangedJobs, maxChanges } from '../db/queries/jobs.ts';
import type { Job } from '../domain/job.ts';
import type { JobDependencies } from './job-dependencies.ts';

const pauseMs = 700;
/** After this the watcher has to come back. An invocation may make 1,000 calls, of which this takes about 850. */
const maxMs = 600_000;
/** A change is dated when its statement begins and can be seen when that ends: so long may that take. */
const overlapMs = 5_000;

interface Watch {
  /** Begins with what has changed since then; absent, with now. */
  readonly since: Date | undefined;
  readonly signal: AbortSignal;
}

/**
 * A tenant's jobs as they change, each as it stands when it is seen: what a job was for less than a second may be left out,
 * its final state is not. Ends when the signal is aborted, and after ten minutes.
 */
export async function* watchChanges(
  { database }: Pick<JobDependencies, 'database'>,
  tenantId: string,
  { since, signal }: Watch,
): AsyncGenerator<Job, void, undefined> {
  const startedAtMs = Date.now();
  const fromMs = since?.getTime() ?? startedAtMs;
  /** What has been told, by the jobs' ids: anything older than the overlap is not asked for again. */
  const told = new Map<string, { readonly at: string; readonly atMs: number }>();
  let latestMs = fromMs;
  while (!signal.aborted && Date.now() - startedAtMs < maxMs) {
    let place: ChangePlace | undefined = { at: new Date(latestMs - overlapMs).toISOString(), id: '' };
    while (place !== undefined && !signal.aborted) {
      const changes: JobChange[] = await listChangedJobs(database, tenantId, place);
      place = changes.length === maxChanges ? changes.at(-1)?.place : undefined;
      for (const {
        job,
        updatedAt,
        place: { at },
      } of changes) {
        const atMs = updatedAt.getTime();
        const known = told.get(job.id)?.at;
        told.set(job.id, { at, atMs });
        latestMs = Math.max(latestMs, atMs);
        if (known !== at && atMs >= fromMs) yield job;
      }
    }
    for (const [id, { atMs }] of told) if (atMs < latestMs - overlapMs) told.delete(id);
    await scheduler.wait(pauseMs);
  }
}
