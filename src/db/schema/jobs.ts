import { sql } from 'drizzle-orm';
import { bigint, index, integer, json, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import type { JobStatus, JobType } from '../../domain/job.ts';
import type { RequestTags } from '../../domain/logging.ts';
import type { ChatRequest } from '../../domain/request.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true });

/**
 * Asynchronous requests. The row is the job: a queue message only names the row. A final status never changes. A running
 * job belongs to the worker that holds its lease token.
 */
export const jobs = pgTable(
  'jobs',
  {
    /** `job_…`, in the order of creation. */
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    keyId: text('key_id').notNull(),
    type: text('type').$type<JobType>().notNull(),
    status: text('status').$type<JobStatus>().notNull().default('PENDING'),
    /** Of several targets the one that has answered, or was tried last; until the end the first. */
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    /** The names that the client has sent, where they lead to several targets: a route, or a list of models. */
    models: text('models').array(),
    /** The request as the gateway takes it; null once it has been purged, and for a Responses request. */
    call: json('call').$type<Omit<ChatRequest, 'model'>>(),
    /** The body of a Responses request in the background, as it was sent. Such a job has no `call`. Null once it has been purged. */
    responseRequest: text('response_request'),
    /** JSON: what the response repeats of its request. */
    responseSettings: text('response_settings'),
    /** The client's own JSON, returned unchanged. Like `call` it may contain \u0000, which jsonb refuses and json keeps. */
    metadata: json('metadata'),
    /** To whom the request is attributed: see `requests`. */
    endUser: text('end_user'),
    sessionId: text('session_id'),
    tags: jsonb('tags').$type<RequestTags>(),
    webhookUrl: text('webhook_url'),
    result: text('result'),
    finishReason: text('finish_reason'),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    tokensIn: integer('tokens_in'),
    tokensOut: integer('tokens_out'),
    costNanoUsd: bigint('cost_nano_usd', { mode: 'bigint' }),
    /** The number of claims. */
    attemptCount: integer('attempt_count').notNull().default(0),
    /** The number of its newest event. */
    eventCount: integer('event_count').notNull().default(0),
    leaseToken: text('lease_token'),
    leaseExpiresAt: instant('lease_expires_at'),
    /** The earliest time of the next claim. */
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    /** When its last message was put on the queue; null if the queue did not take it. */
    enqueuedAt: instant('enqueued_at'),
    deadLetteredAt: instant('dead_lettered_at'),
    /** The failed job that this job retries. */
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
