import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { webhookDeliveries } from '../schema/webhooks.ts';

/** Says that there are no messages for deliveries, so that the next sweep sends them. */
export async function markDeliveriesNotEnqueued(database: Database, ids: readonly string[]): Promise<void> {
  await database
    .update(webhookDeliveries)
    .set({ enqueuedAt: null })
    .where(and(inArray(webhookDeliveries.id, [...ids]), eq(webhookDeliveries.status, 'PENDING')));
}

/**
 * Takes up to `limit` deliveries for which a message is due: never enqueued, or with a message that should have come a
 * minute ago. They count as enqueued from here on.
 */
export async function takeUnqueuedDeliveries(database: Database, limit: number): Promise<string[]> {
  const { rows } = await database.execute(sql`
    UPDATE ${webhookDeliveries} SET enqueued_at = now() WHERE id IN (
      SELECT id FROM ${webhookDeliveries} WHERE status = 'PENDING' AND next_attempt_at <= now()
        AND (lease_expires_at IS NULL OR lease_expires_at < now())
        AND (enqueued_at IS NULL OR enqueued_at < now() - interval '1 minute')
      ORDER BY next_attempt_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ) RETURNING id`);
  return rows.map(({ id }) => String(id));
}
