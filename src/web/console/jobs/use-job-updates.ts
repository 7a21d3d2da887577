import { useEffect, useState } from 'react';
import { useSubscription } from 'urql';
import { type JobSummaryFragment, JobsUpdatedDocument } from './jobs.generated.ts';
import { mergeJobs } from './merge-jobs.ts';

/**
 * Returns the jobs of a list as they stand, and before them those that are new and have its status. `none`: the list takes no new jobs,
 * and only those that it has change.
 */
export function useJobUpdates(
  jobs: readonly JobSummaryFragment[],
  status: JobSummaryFragment['status'] | 'none' | undefined,
): readonly JobSummaryFragment[] {
  const [updates, setUpdates] = useState<readonly JobSummaryFragment[]>([]);
  const [{ data, error }, restart] = useSubscription({ query: JobsUpdatedDocument });
  const updated = data?.jobsUpdated;
  useEffect(() => {
    if (updated) setUpdates((all) => [updated, ...all.filter(({ id }) => id !== updated.id)].slice(0, maxUpdates));
  }, [updated]);
  useEffect(() => {
    if (!error) return undefined;
    // The gateway ends a subscription after ten minutes.
    const timer = setTimeout(restart, restartDelayMs);
    return () => clearTimeout(timer);
  }, [error, restart]);
  return mergeJobs(jobs, updates, status);
}

const maxUpdates = 200;
const restartDelayMs = 2_000;
