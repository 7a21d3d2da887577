import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { jobs } from '../schema/jobs.ts';

/** Says that there are no messages for jobs, so that the next sweep sends them. */
export async function markNotEnqueued(database: Database, ids: readonly string[]): Promise<void> {
  await database
    .update(jobs)
    .set({ enqueuedAt: null })
    .where(and(inArray(jobs.id, [...ids]), eq(jobs.status, 'PENDING')));
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
      ORDER BY enqueued_at NULLS FIRST, id LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ) RETURNING id`);
  return rows.map(({ id }) => String(id));
}

/** Failed jobs, up to `limit`, that the dead-letter queue has not shown yet though it has had half a minute. */
export async function listUnseenFailures(database: Database, limit: number): Promise<string[]> {
  const rows = await database
    .select({ id: jobs.id })
    .from(jobs)
    .where(sql`status = 'FAILED' AND dead_lettered_at IS NULL AND finished_at < now() - interval '30 seconds'`)
    .orderBy(jobs.finishedAt)
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Shows failed jobs among the dead letters. A job that has not failed is left as it is. */
export async function markDeadLettered(database: Database, ids: readonly string[]): Promise<void> {
  await database
    .update(jobs)
    .set({ deadLetteredAt: sql`now()` })
    .where(and(inArray(jobs.id, [...ids]), eq(jobs.status, 'FAILED'), sql`dead_lettered_at IS NULL`));
}
