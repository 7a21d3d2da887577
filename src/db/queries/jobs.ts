import { and, desc, eq, getTableColumns, inArray, lt, sql } from 'drizzle-orm';
import type { Job, JobStatus } from '../../core/job.ts';
import type { Database } from '../client.ts';
import { jobs } from '../schema/jobs.ts';

const { call, webhookUrl, eventCount, leaseToken, leaseExpiresAt, nextAttemptAt, ...others } = getTableColumns(jobs);
const { enqueuedAt, deadLetteredAt, retryOf, updatedAt, purgedAt, ...visible } = others;

/** What has to be known to make a job. */
export type NewJob = Pick<
  typeof jobs.$inferInsert,
  'id' | 'tenantId' | 'keyId' | 'type' | 'provider' | 'model' | 'call' | 'metadata'
>;

/** Makes a job that counts as enqueued: whoever fails to put it on the queue takes that back. */
export async function insertJob(database: Database, job: NewJob): Promise<Job> {
  const [row] = await database
    .insert(jobs)
    .values({ ...job, enqueuedAt: sql`now()` })
    .returning(visible);
  return row as Job;
}

/** Says that there is no message for a job, so that the next sweep sends one. */
export async function markNotEnqueued(database: Database, id: string): Promise<void> {
  await database
    .update(jobs)
    .set({ enqueuedAt: null })
    .where(and(eq(jobs.id, id), eq(jobs.status, 'PENDING')));
}

/** A tenant's job; undefined for an unknown id and for another tenant's. */
export async function findJob(database: Database, tenantId: string, id: string): Promise<Job | undefined> {
  const [row] = await database
    .select(visible)
    .from(jobs)
    .where(and(eq(jobs.id, id), eq(jobs.tenantId, tenantId)));
  return row as Job | undefined;
}

interface JobPage {
  readonly first: number;
  /** The id of the last job of the page before. */
  readonly after?: string | undefined;
  readonly status?: JobStatus | undefined;
}

/** A tenant's jobs, the newest first: one more than asked for where there are more. */
export async function listJobs(database: Database, tenantId: string, page: JobPage): Promise<Job[]> {
  const rows = await database
    .select(visible)
    .from(jobs)
    .where(
      and(
        eq(jobs.tenantId, tenantId),
        page.after === undefined ? undefined : lt(jobs.id, page.after),
        page.status === undefined ? undefined : eq(jobs.status, page.status),
      ),
    )
    .orderBy(desc(jobs.id))
    .limit(page.first + 1);
  return rows as Job[];
}

/** Cancels a job that is not final; undefined where there is none such. Whoever runs it learns of it from its lease. */
export async function cancelJob(database: Database, tenantId: string, id: string): Promise<Job | undefined> {
  const [row] = await database
    .update(jobs)
    .set({ status: 'CANCELLED', finishedAt: sql`now()` })
    .where(and(eq(jobs.id, id), eq(jobs.tenantId, tenantId), inArray(jobs.status, ['PENDING', 'RUNNING'])))
    .returning(visible);
  return row as Job | undefined;
}

/**
 * Takes up to `limit` jobs for which a message is due: never enqueued, enqueued so long ago that the message may be lost, or
 * left behind by a worker whose lease ran out. They count as enqueued from here on.
 */
export async function takeUnqueued(database: Database, limit: number): Promise<string[]> {
  const { rows } = await database.execute(sql`
    UPDATE ${jobs} SET enqueued_at = now() WHERE id IN (
      SELECT id FROM ${jobs} WHERE
        (status = 'PENDING' AND next_attempt_at <= now()
          AND (enqueued_at IS NULL OR enqueued_at < now() - interval '1 minute'))
        OR (status = 'RUNNING' AND lease_expires_at < now()
          AND (enqueued_at IS NULL OR enqueued_at < lease_expires_at OR enqueued_at < now() - interval '1 minute'))
      ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ) RETURNING id`);
  return rows.map(({ id }) => String(id));
}
