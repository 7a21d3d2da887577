import { boolean, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import type { AlertName } from '../../domain/alert.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true });

/** The state of each alert to the operator that has been sent at least once. Each change of `active` has one delivery. */
export const alerts = pgTable(
  'alerts',
  {
    name: text('name').$type<AlertName>().notNull(),
    /** A provider's id; `jobs` for `jobs.failing`. */
    subject: text('subject').notNull(),
    active: boolean('active').notNull(),
    /** When `active` has changed. */
    since: instant('since').notNull(),
    /** When it became active for the last time. */
    openedAt: instant('opened_at').notNull(),
    /** The attempts that its last event counts, and those that failed. */
    attempts: integer('attempts').notNull(),
    failed: integer('failed').notNull(),
    errorCodes: text('error_codes').array().notNull(),
    sampleRequestIds: text('sample_request_ids').array().notNull(),
    /** The delivery of its last event. */
    deliveryId: text('delivery_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.name, table.subject] })],
);
