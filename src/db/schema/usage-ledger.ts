import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, pgTable, primaryKey, smallint, text, timestamp } from 'drizzle-orm/pg-core';
import type { LedgerSource, LedgerStatus, TokenSource } from '../../domain/ledger.ts';

/**
 * One row for each attempt of a request at a provider, however it ended. Written once, never changed. Tenants and keys are
 * referenced without foreign keys, so that no order of writes and no deletion can refuse a row of the bill.
 *
 * Partitioned by month of `created_at`, UTC: see migrations/0011. A partitioned table has no unique key without `created_at`,
 * so that a row is written once only if its `created_at` is the same each time that it is delivered.
 */
export const usageLedger = pgTable(
  'usage_ledger',
  {
    /** `req_…`, generated here. */
    requestId: text('request_id').notNull(),
    /** The client's own x-request-id, stored for look-ups and never used as a key. */
    clientRequestId: text('client_request_id'),
    tenantId: text('tenant_id').notNull(),
    keyId: text('key_id').notNull(),
    source: text('source').$type<LedgerSource>().notNull(),
    provider: text('provider').notNull(),
    /** The requested model. */
    model: text('model').notNull(),
    /** The model that the provider reported. */
    reportedModel: text('reported_model'),
    status: text('status').$type<LedgerStatus>().notNull(),
    finishReason: text('finish_reason'),
    /** The error code of a failed request. */
    errorCode: text('error_code'),
    /** All input, cache reads and writes included. Null if it was not counted: a missing count is not 0. */
    inputTokens: integer('input_tokens'),
    /** All output, reasoning included. */
    outputTokens: integer('output_tokens'),
    cacheReadTokens: integer('cache_read_tokens'),
    cacheWriteTokens: integer('cache_write_tokens'),
    cacheWriteOneHourTokens: integer('cache_write_one_hour_tokens'),
    reasoningTokens: integer('reasoning_tokens'),
    tokenSource: text('token_source').$type<TokenSource>().notNull(),
    /** Nano-dollars. Null if the price or a count is unknown. */
    costNanoUsd: bigint('cost_nano_usd', { mode: 'bigint' }),
    priceVersion: text('price_version'),
    /** What the provider's reply had cost that answered this request once more. Null for all other requests, and if it is unknown. */
    savedNanoUsd: bigint('saved_nano_usd', { mode: 'bigint' }),
    /** From the start of the request, not of the attempt, to the first byte of the provider's body. */
    firstByteMs: integer('first_byte_ms'),
    totalMs: integer('total_ms').notNull(),
    /** When the request started: the same for all its attempts. */
    createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
    /** The number of the attempt within its request, from 1. A trigger reads null as 1, because an earlier version inserts it. */
    attempt: smallint('attempt').notNull().default(1),
    /** Whether the request ended with this attempt. A trigger reads null as true. */
    isLast: boolean('is_last').notNull().default(true),
    /** The client's own id of its user. Null if the request names none. */
    endUser: text('end_user'),
  },
  (table) => [
    primaryKey({ columns: [table.createdAt, table.requestId, table.attempt] }),
    index('usage_ledger_request_id').on(table.requestId),
    index('usage_ledger_tenant_id_created_at').on(table.tenantId, table.createdAt),
    index('usage_ledger_end_user').on(table.tenantId, table.endUser, table.createdAt).where(sql`end_user is not null`),
  ],
);
