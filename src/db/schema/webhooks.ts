import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import type { WebhookEvent, WebhookFault, WebhookStatus } from '../../domain/webhook.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true });

/** The secrets that sign a tenant's deliveries. Rotation overlaps: every secret that has not expired signs. */
export const webhookSecrets = pgTable(
  'webhook_secrets',
  {
    /** `whs_…` */
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    /** `whsec_…`, by the Standard Webhooks specification. */
    secret: text('secret').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** Null for the newest secret. */
    expiresAt: instant('expires_at'),
  },
  (table) => [index('webhook_secrets_tenant_id').on(table.tenantId)],
);

/**
 * One message to one URL, retried until it arrives. A trigger inserts it in the statement that ends a job;
 * `insertBudgetAlerts` inserts it for a budget, `updateAlerts` for an alert.
 */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** `whd_…`, the `webhook-id` of every attempt. */
    id: text('id').primaryKey(),
    /** Null for an alert, which goes to the operator. */
    tenantId: text('tenant_id'),
    /** Null for `budget.reached`, and for an alert. */
    jobId: text('job_id'),
    event: text('event').$type<WebhookEvent>().notNull(),
    url: text('url').notNull(),
    status: text('status').$type<WebhookStatus>().notNull().default('PENDING'),
    /** The body, the same in every attempt; stored before the first. */
    payload: text('payload'),
    attemptCount: integer('attempt_count').notNull().default(0),
    /** The attempt count when it was last resent on demand: the retry schedule restarts after these attempts. */
    resentAfter: integer('resent_after').notNull().default(0),
    /** Why it failed. */
    error: text('error').$type<WebhookFault>(),
    leaseToken: text('lease_token'),
    leaseExpiresAt: instant('lease_expires_at'),
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    /** When the queue delivers, or delivered, its message; null if there is no message. */
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

/** The attempts of a delivery and their results. */
export const webhookAttempts = pgTable(
  'webhook_attempts',
  {
    deliveryId: text('delivery_id')
      .notNull()
      .references(() => webhookDeliveries.id, { onDelete: 'cascade' }),
    /** From 1. */
    number: integer('number').notNull(),
    startedAt: instant('started_at').notNull(),
    /** Null until it ends. Stays null if its worker died. */
    durationMs: integer('duration_ms'),
    /** Null if there was no response. */
    statusCode: integer('status_code'),
    /** A class of fault, never the receiver's own text. */
    error: text('error').$type<WebhookFault>(),
  },
  (table) => [primaryKey({ columns: [table.deliveryId, table.number] })],
);
