import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { jobs } from '../schema/jobs.ts';

/**
 * The ids of failed jobs, up to `limit`, that the dead-letter queue's consumer has not marked within 30 seconds of their
 * failure.
 */
export async function listUnmarkedFailures(database: Database, limit: number): Promise<string[]> {
  const rows = await database
    .select({ id: jobs.id })
    .from(jobs)
    .where(sql`status = 'FAILED' AND dead_lettered_at IS NULL AND finished_at < now() - interval '30 seconds'`)
    .orderBy(jobs.finishedAt)
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Lists failed jobs among the dead letters. A job that has not failed is left as it is. */
export async function markDeadLettered(database: Database, ids: readonly string[]): Promise<void> {
  await database
    .update(jobs)
    .set({ deadLetteredAt: sql`now()` })
    .where(and(inArray(jobs.id, [...ids]), eq(jobs.status, 'FAILED'), sql`dead_lettered_at IS NULL`));
}
