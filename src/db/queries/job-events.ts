import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import type { JobEventData, JobEventType } from '../../domain/job.ts';
import type { Database } from '../client.ts';
import { jobAttempts } from '../schema/job-attempts.ts';
import { jobEvents } from '../schema/job-events.ts';

/** An event of a job. */
export interface JobEvent {
  /** From 1, without gaps. */
  readonly number: number;
  readonly type: JobEventType;
  readonly data: JobEventData;
}

const maxEvents = 100;

/** The events of a job after its event number `after`, in order: at most 100. */
export async function listJobEvents(database: Database, jobId: string, after: number): Promise<JobEvent[]> {
  return await database
    .select({ number: jobEvents.number, type: jobEvents.type, data: jobEvents.data })
    .from(jobEvents)
    .where(and(eq(jobEvents.jobId, jobId), gt(jobEvents.number, after)))
    .orderBy(asc(jobEvents.number))
    .limit(maxEvents);
}

export type JobAttempt = typeof jobAttempts.$inferSelect;

/** The attempts of jobs by the ids of the jobs, each list in the order of the attempts. */
export async function findAttempts(database: Database, jobIds: readonly string[]): Promise<Map<string, JobAttempt[]>> {
  const rows = await database
    .select()
    .from(jobAttempts)
    .where(inArray(jobAttempts.jobId, [...jobIds]))
    .orderBy(asc(jobAttempts.jobId), asc(jobAttempts.number));
  return Map.groupBy(rows, ({ jobId }) => jobId);
}
