import { bigint, integer, numeric, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

const count = (name: string) => bigint(name, { mode: 'number' }).notNull();

const groupColumns = () => ({
  keyId: text('key_id').notNull(),
  provider: text('provider').notNull(),
  model: text('model').notNull(),
  source: text('source').notNull(),
});

const sumColumns = () => ({
  requests: count('requests'),
  /** Calls that failed; those whose client left are none. */
  errors: count('errors'),
  inputTokens: count('input_tokens'),
  outputTokens: count('output_tokens'),
  cacheReadTokens: count('cache_read_tokens'),
  cacheWriteTokens: count('cache_write_tokens'),
  reasoningTokens: count('reasoning_tokens'),
  costNanoUsd: numeric('cost_nano_usd', { precision: 38, scale: 0, mode: 'bigint' }).notNull(),
  /** Calls whose price is not known, and so not in the cost. */
  unpricedRequests: count('unpriced_requests'),
  /** How many calls had their first byte within each of the bounds of `first_byte_bucket()`: histograms can be added. */
  firstByteCounts: integer('first_byte_counts').array().notNull(),
});

/**
 * The ledger, added up by hour: what dashboards read. A trigger on the ledger writes it in the statement that writes the
 * ledger's rows, so that the two never disagree.
 */
export const usageRollups = pgTable(
  'usage_rollups',
  {
    tenantId: text('tenant_id').notNull(),
    /** The hour in UTC in which the calls started. */
    hour: timestamp('hour', { withTimezone: true }).notNull(),
    ...groupColumns(),
    ...sumColumns(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.hour, table.keyId, table.provider, table.model, table.source] }),
  ],
);

/**
 * The hours, added up by day, for a month has too many of them. A trigger on the hours writes it in the statement that changes
 * them, whatever that is.
 */
export const usageDays = pgTable(
  'usage_days',
  {
    tenantId: text('tenant_id').notNull(),
    /** The day in UTC in which the calls started. */
    day: timestamp('day', { withTimezone: true }).notNull(),
    ...groupColumns(),
    ...sumColumns(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.day, table.keyId, table.provider, table.model, table.source] }),
  ],
);
