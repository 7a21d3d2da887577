import { bigint, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/**
 * One row for each call that went to a provider, whatever became of it. Written once, never changed. It points at tenants
 * and keys without foreign keys: no order of writing and no deletion may ever refuse a row of the bill.
 */
export const usageLedger = pgTable(
  'usage_ledger',
  {
    /** `req_…`, always ours. */
    requestId: text('request_id').primaryKey(),
    /** The caller's own x-request-id, kept for looking things up and never used as a key. */
    clientRequestId: text('client_request_id'),
    tenantId: text('tenant_id').notNull(),
    keyId: text('key_id').notNull(),
    /** `sync`, `stream` or `job`. */
    source: text('source').notNull(),
    provider: text('provider').notNull(),
    /** The model that was asked for. */
    model: text('model').notNull(),
    /** The model that the provider said it was. */
    reportedModel: text('reported_model'),
    /** `completed`, `failed` or `client_gone`. */
    status: text('status').notNull(),
    finishReason: text('finish_reason'),
    /** The code of the error that a failed call ended in. */
    errorCode: text('error_code'),
    /** All input, cache reads and writes included. Null where nobody counted: a missing count is not 0. */
    inputTokens: integer('input_tokens'),
    /** All output, reasoning included. */
    outputTokens: integer('output_tokens'),
    cacheReadTokens: integer('cache_read_tokens'),
    cacheWriteTokens: integer('cache_write_tokens'),
    cacheWriteOneHourTokens: integer('cache_write_one_hour_tokens'),
    reasoningTokens: integer('reasoning_tokens'),
    /** `provider`, `estimated` or `none`. */
    tokenSource: text('token_source').notNull(),
    /** Nano-dollars. Null where the price or a count is unknown. */
    costNanoUsd: bigint('cost_nano_usd', { mode: 'bigint' }),
    priceVersion: text('price_version'),
    /** From the start of the call to the first byte of the provider's body. */
    firstByteMs: integer('first_byte_ms'),
    totalMs: integer('total_ms').notNull(),
    /** When the call started. */
    createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
  },
  (table) => [index('usage_ledger_tenant_id_created_at').on(table.tenantId, table.createdAt)],
);
