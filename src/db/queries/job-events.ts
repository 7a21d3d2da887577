import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { jobAttempts } from '../schema/job-attempts.ts';
import { jobEvents } from '../schema/job-events.ts';

/** One thing that has happened to a job. */
export interface JobEvent {
  /** From 1, without gaps. */
  readonly number: number;
  /** `status`, or `chunk`: text while it is produced. */
  readonly type: 'status' | 'chunk';
  /** Of a status: `status`, `attempt`, and where they apply `finishReason` and `error`. Of a chunk: `attempt`, `content`. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What has happened to a job after its event number `after`, in order: at most 100 events. */
export async function listJobEvents(database: Database, jobId: string, after: number): Promise<JobEvent[]> {
  const rows = await database
    .select({ number: jobEvents.number, type: jobEvents.type, data: jobEvents.data })
    .from(jobEvents)
    .where(and(eq(jobEvents.jobId, jobId), gt(jobEvents.number, after)))
    .orderBy(asc(jobEvents.number))
    .limit(maxEvents);
  return rows as JobEvent[];
}

const maxEvents = 100;

export type JobAttempt = typeof jobAttempts.$inferSelect;

/** The attempts at jobs, by the ids of the jobs, each list in the order of the attempts. */
export async function findAttempts(database: Database, jobIds: readonly string[]): Promise<Map<string, JobAttempt[]>> {
  const rows = await database
    .select()
    .from(jobAttempts)
    .where(inArray(jobAttempts.jobId, [...jobIds]))
    .orderBy(asc(jobAttempts.jobId), asc(jobAttempts.number));
  return Map.groupBy(rows, ({ jobId }) => jobId);
}
