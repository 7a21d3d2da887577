import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { jobs } from '../schema/jobs.ts';
import { webhookDeliveries } from '../schema/webhooks.ts';

/** A table whose rows need messages on a queue. */
export interface OutboxTable {
  /** Takes the ids of up to `limit` rows that need a message. From then on they count as enqueued. */
  readonly takeUnqueued: (database: Database, limit: number) => Promise<string[]>;
  /** Records that pending rows have no message, so that the next sweep takes them. */
  readonly markNotEnqueued: (database: Database, ids: readonly string[]) => Promise<void>;
}

/** A job needs a message if the last one may be lost, or if its worker's lease expired after the last one was sent. */
export const jobOutboxTable = createOutboxTable(
  jobs,
  sql`(status = 'PENDING' AND next_attempt_at <= now()
      AND (enqueued_at IS NULL OR enqueued_at < now() - interval '1 minute'))
    OR (status = 'RUNNING' AND lease_expires_at < now()
      AND (enqueued_at IS NULL OR enqueued_at < lease_expires_at OR enqueued_at < now() - interval '1 minute'))
    ORDER BY enqueued_at NULLS FIRST, id`,
);

/**
 * A delivery needs a message if the last one should have come a minute ago. Unlike a job it stays pending during an attempt,
 * and `enqueued_at` may be in the future: the queue holds its message until the next attempt.
 */
export const deliveryOutboxTable = createOutboxTable(
  webhookDeliveries,
  sql`status = 'PENDING' AND next_attempt_at <= now() AND (lease_expires_at IS NULL OR lease_expires_at < now())
      AND (enqueued_at IS NULL OR enqueued_at < now() - interval '1 minute')
    ORDER BY next_attempt_at`,
);

/** `unqueued` is the condition and the order of the rows that need a message. */
function createOutboxTable(table: typeof jobs | typeof webhookDeliveries, unqueued: SQL): OutboxTable {
  return {
    takeUnqueued: async (database, limit) => {
      const { rows } = await database.execute<{ id: string }>(sql`
        UPDATE ${table} SET enqueued_at = now()
        WHERE id IN (SELECT id FROM ${table} WHERE ${unqueued} LIMIT ${limit} FOR UPDATE SKIP LOCKED) RETURNING id`);
      return rows.map(({ id }) => id);
    },
    markNotEnqueued: async (database, ids) => {
      const isPending = and(inArray(table.id, [...ids]), eq(table.status, 'PENDING'));
      await database.update(table).set({ enqueuedAt: null }).where(isPending);
    },
  };
}
