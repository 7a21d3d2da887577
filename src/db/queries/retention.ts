import { sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { idempotencyKeys } from '../schema/idempotency-keys.ts';
import { jobAttempts } from '../schema/job-attempts.ts';
import { jobEvents } from '../schema/job-events.ts';
import { jobs } from '../schema/jobs.ts';
import { webhookDeliveries } from '../schema/webhooks.ts';

/**
 * Deletes the requests and results of jobs, with their attempts, events and deliveries, `retentionDays` after the jobs ended:
 * up to `limit` jobs at once. The row of a job stays, with its status, tokens and cost. Returns the number of jobs.
 */
export async function purgeJobs(database: Database, retentionDays: number, limit: number): Promise<number> {
  const { rows } = await database.execute(sql`
    WITH purged AS (
      UPDATE ${jobs} SET call = NULL, response_request = NULL, response_settings = NULL, metadata = NULL, result = NULL,
        error_message = NULL, webhook_url = NULL, purged_at = now()
      WHERE id IN (
        SELECT id FROM ${jobs} WHERE purged_at IS NULL AND finished_at < now() - ${retentionDays} * interval '1 day'
          AND NOT EXISTS (SELECT FROM ${webhookDeliveries} AS delivery WHERE delivery.job_id = ${jobs}.id AND delivery.status = 'PENDING')
        ORDER BY finished_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) RETURNING id
    ), attempts AS (DELETE FROM ${jobAttempts} WHERE job_id IN (SELECT id FROM purged)
    ), events AS (DELETE FROM ${jobEvents} WHERE job_id IN (SELECT id FROM purged)
    ), deliveries AS (DELETE FROM ${webhookDeliveries} WHERE job_id IN (SELECT id FROM purged)
    )
    SELECT count(*)::integer AS jobs FROM purged`);
  return Number(rows[0]?.jobs);
}

/** Deletes expired idempotency keys with their responses: up to `limit` at once. */
export async function purgeIdempotencyKeys(database: Database, limit: number): Promise<void> {
  await database.execute(sql`
    DELETE FROM ${idempotencyKeys} WHERE (tenant_id, key) IN (
      SELECT tenant_id, key FROM ${idempotencyKeys} WHERE expires_at < now() LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )`);
}
