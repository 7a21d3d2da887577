import type { JobSummaryFragment } from './jobs.generated.ts';

/** Merges jobs that have changed into a list, newest first. See `useJobUpdates`. */
export function mergeJobs(
  jobs: readonly JobSummaryFragment[],
  updates: readonly JobSummaryFragment[],
  status: JobSummaryFragment['status'] | 'none' | undefined,
): readonly JobSummaryFragment[] {
  if (updates.length === 0) return jobs;
  const byId = new Map(updates.map((job) => [job.id, job]));
  const listed = new Set(jobs.map(({ id }) => id));
  const isNew = (job: JobSummaryFragment) =>
    status !== 'none' && !listed.has(job.id) && (status === undefined || job.status === status);
  const added = updates.filter(isNew).toSorted((left, right) => (left.id < right.id ? 1 : -1));
  return [...added, ...jobs.map((job) => byId.get(job.id) ?? job)];
}
