import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, smallint, text, timestamp } from 'drizzle-orm/pg-core';
import type { RequestSource } from '../../domain/ledger.ts';
import type { LoggedStatus, RequestTags } from '../../domain/logging.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true });

/**
 * The request log: one row for each model request, also for one that was refused. Its attempts are in the ledger, under the same id.
 * Written once, in the statement that writes the attempts; deleted by age, and changed only to forget an end user.
 */
export const requests = pgTable(
  'requests',
  {
    /** `req_…`, in the order of creation. */
    id: text('id').primaryKey(),
    /** When the request started. */
    createdAt: instant('created_at').notNull(),
    tenantId: text('tenant_id').notNull(),
    keyId: text('key_id').notNull(),
    /** The client's own x-request-id. */
    clientRequestId: text('client_request_id'),
    source: text('source').$type<RequestSource>().notNull(),
    /** The path of the route, with parameters by their names: `/v1/chat/completions`, `/api/jobs`. */
    path: text('path').notNull(),
    status: text('status').$type<LoggedStatus>().notNull(),
    /** The HTTP status that the client got. Null for a job. */
    httpStatus: smallint('http_status'),
    /** Those of the last attempt; for a refused request as far as they were known. */
    provider: text('provider'),
    model: text('model'),
    /** The name of the route that the request named. */
    route: text('route'),
    errorCode: text('error_code'),
    /** The gateway's message of the error, at most 500 characters. */
    errorMessage: text('error_message'),
    upstreamStatus: smallint('upstream_status'),
    upstreamRequestId: text('upstream_request_id'),
    /** Sums over all attempts. Null if none has a count. */
    inputTokens: integer('input_tokens'),
    outputTokens: integer('output_tokens'),
    cacheReadTokens: integer('cache_read_tokens'),
    reasoningTokens: integer('reasoning_tokens'),
    /** Nano-dollars of all attempts. Null if one of them has no known cost. */
    costNanoUsd: bigint('cost_nano_usd', { mode: 'bigint' }),
    savedNanoUsd: bigint('saved_nano_usd', { mode: 'bigint' }),
    /** From the start of the request. */
    firstByteMs: integer('first_byte_ms'),
    totalMs: integer('total_ms').notNull(),
    /** The number of attempts: 0 for a refused request. */
    attempts: smallint('attempts').notNull(),
    endUser: text('end_user'),
    sessionId: text('session_id'),
    tags: jsonb('tags').$type<RequestTags>(),
    /** What the translation left out and adjusted: paths joined by commas, as in the headers of the reply. */
    dropped: text('dropped'),
    adjusted: text('adjusted'),
    /** The job whose attempt the request was. */
    jobId: text('job_id'),
    /** How many refused requests the row stands for, where an API key has sent too many to log each. */
    represents: integer('represents').notNull().default(1),
    /** When the row was written, by the clock of Postgres: after the request has ended. */
    loggedAt: instant('logged_at').notNull().defaultNow(),
  },
  (table) => [
    index('requests_created_at').on(sql`(created_at AT TIME ZONE 'UTC')`, table.id),
    index('requests_tenant').on(table.tenantId, table.createdAt, table.id),
    index('requests_key').on(table.tenantId, table.keyId, table.createdAt, table.id),
    index('requests_model').on(table.tenantId, table.model, table.createdAt, table.id),
    index('requests_status').on(table.tenantId, table.status, table.createdAt, table.id),
    index('requests_not_completed').on(table.status, table.createdAt, table.id).where(sql`status <> 'completed'`),
    index('requests_end_user')
      .on(table.tenantId, table.endUser, table.createdAt, table.id)
      .where(sql`end_user is not null`),
    index('requests_route').on(table.tenantId, table.route, table.createdAt, table.id).where(sql`route is not null`),
    index('requests_client_request_id')
      .on(table.tenantId, table.clientRequestId, table.createdAt, table.id)
      .where(sql`client_request_id is not null`),
    index('requests_logged_at').on(table.loggedAt),
  ],
);
