import { sql } from 'drizzle-orm';
import { bigint, index, integer, json, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true });

/**
 * Asynchronous calls. The row is the job: the queue only says which row to look at. A status that is final never changes;
 * a running job belongs to whoever holds its lease token.
 */
export const jobs = pgTable(
  'jobs',
  {
    /** `job_…`, in the order of creation. */
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    keyId: text('key_id').notNull(),
    /** `TEXT` (a prompt) or `CHAT` (messages). */
    type: text('type').notNull(),
    /** `PENDING`, `RUNNING`, `COMPLETED`, `FAILED` or `CANCELLED`. */
    status: text('status').notNull().default('PENDING'),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    /** The call as the gateway takes it; null once it has been purged. */
    call: json('call'),
    /** The caller's own, given back as it came. Like `call` it may hold \u0000, which jsonb refuses and json keeps. */
    metadata: json('metadata'),
    webhookUrl: text('webhook_url'),
    result: text('result'),
    finishReason: text('finish_reason'),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    tokensIn: integer('tokens_in'),
    tokensOut: integer('tokens_out'),
    costNanoUsd: bigint('cost_nano_usd', { mode: 'bigint' }),
    /** How many times it has been claimed. */
    attemptCount: integer('attempt_count').notNull().default(0),
    /** The number of its newest event. */
    eventCount: integer('event_count').notNull().default(0),
    leaseToken: text('lease_token'),
    leaseExpiresAt: instant('lease_expires_at'),
    /** Not to be claimed before this. */
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    /** When a message for it was last put on the queue; null where that failed. */
    enqueuedAt: instant('enqueued_at'),
    deadLetteredAt: instant('dead_lettered_at'),
    /** The failed job that this one does again. */
    retryOf: text('retry_of').unique(),
    createdAt: instant('created_at').notNull().defaultNow(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    purgedAt: instant('purged_at'),
  },
  (table) => [
    index('jobs_tenant_id_id').on(table.tenantId, table.id),
    index('jobs_tenant_id_status_id').on(table.tenantId, table.status, table.id),
    index('jobs_tenant_id_updated_at').on(table.tenantId, table.updatedAt),
    index('jobs_pending').on(table.nextAttemptAt).where(sql`status = 'PENDING'`),
    index('jobs_running').on(table.leaseExpiresAt).where(sql`status = 'RUNNING'`),
    index('jobs_failed_unseen').on(table.finishedAt).where(sql`status = 'FAILED' and dead_lettered_at is null`),
    index('jobs_dead_letters').on(table.tenantId, table.id).where(sql`dead_lettered_at is not null`),
    index('jobs_unpurged').on(table.finishedAt).where(sql`purged_at is null`),
  ],
);
