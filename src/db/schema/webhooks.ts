import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true });

/** The secrets that a tenant's deliveries are signed with: all that have not expired, so that one can be rotated. */
export const webhookSecrets = pgTable(
  'webhook_secrets',
  {
    /** `whs_…` */
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    /** `whsec_…`, by the Standard Webhooks specification. */
    secret: text('secret').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** Null for the newest one. */
    expiresAt: instant('expires_at'),
  },
  (table) => [index('webhook_secrets_tenant_id').on(table.tenantId)],
);

/**
 * One message to one URL, tried until it arrives: made by a trigger in the statement that ends a job, or by the one that
 * notes how far a budget has been used.
 */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** `whd_…`, the `webhook-id` of every attempt. */
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    /** Null where it tells of no job. */
    jobId: text('job_id'),
    /** `job.completed`, `job.failed`, `job.cancelled` or `budget.reached`. */
    event: text('event').notNull(),
    url: text('url').notNull(),
    /** `PENDING`, `DELIVERED` or `FAILED`. */
    status: text('status').notNull().default('PENDING'),
    /** The body, the same in every attempt; written with the first. */
    payload: text('payload'),
    attemptCount: integer('attempt_count').notNull().default(0),
    /** How many attempts there had been when it was last sent again on demand: the schedule begins anew after them. */
    resentAfter: integer('resent_after').notNull().default(0),
    /** The class of fault that it has failed for. */
    error: text('error'),
    leaseToken: text('lease_token'),
    leaseExpiresAt: instant('lease_expires_at'),
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    /** When a message for it is, or was, to come from the queue; null where there is none. */
    enqueuedAt: instant('enqueued_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    index('webhook_deliveries_tenant_id_id').on(table.tenantId, table.id),
    index('webhook_deliveries_job_id').on(table.jobId),
    index('webhook_deliveries_pending').on(table.nextAttemptAt).where(sql`status = 'PENDING'`),
  ],
);

/** Each time a delivery was tried, and what came of it. */
export const webhookAttempts = pgTable(
  'webhook_attempts',
  {
    deliveryId: text('delivery_id')
      .notNull()
      .references(() => webhookDeliveries.id, { onDelete: 'cascade' }),
    /** From 1. */
    number: integer('number').notNull(),
    startedAt: instant('started_at').notNull(),
    /** Null until it ends, and for good where its worker died. */
    durationMs: integer('duration_ms'),
    /** Null where there was no answer. */
    statusCode: integer('status_code'),
    /** A class of fault, never what the receiver wrote. */
    error: text('error'),
  },
  (table) => [primaryKey({ columns: [table.deliveryId, table.number] })],
);
