import { sql } from 'drizzle-orm';
import { bigint, integer, numeric, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import type { LedgerSource } from '../../domain/ledger.ts';

const count = (name: string) => bigint(name, { mode: 'number' }).notNull();
/** With a default, because an earlier version inserts rollups without it. */
const laterCount = (name: string) => count(name).default(0);

const groupColumns = () => ({
  keyId: text('key_id').notNull(),
  provider: text('provider').notNull(),
  model: text('model').notNull(),
  source: text('source').$type<LedgerSource>().notNull(),
});

const sumColumns = () => ({
  /** Requests whose last attempt is in this group. */
  requests: count('requests'),
  /** Those of them that failed; those that a client cancelled are not counted. */
  errors: count('errors'),
  inputTokens: count('input_tokens'),
  outputTokens: count('output_tokens'),
  cacheReadTokens: count('cache_read_tokens'),
  cacheWriteTokens: count('cache_write_tokens'),
  reasoningTokens: count('reasoning_tokens'),
  costNanoUsd: numeric('cost_nano_usd', { precision: 38, scale: 0, mode: 'bigint' }).notNull(),
  /** Attempts without a known price, which the cost does not include. */
  unpricedRequests: count('unpriced_requests'),
  /** The number of requests in each bucket of `first_byte_bucket()`, by the time to their first byte. Histograms can be added. */
  firstByteCounts: integer('first_byte_counts').array().notNull(),
  /** Attempts of this group that were followed by another attempt. All attempts: `requests + retried_attempts`. */
  retriedAttempts: laterCount('retried_attempts'),
  /** Those of them that failed. All failed attempts: `errors + failed_retried_attempts`. */
  failedRetriedAttempts: laterCount('failed_retried_attempts'),
  /** What requests would have cost that earlier replies have answered. */
  savedNanoUsd: numeric('saved_nano_usd', { precision: 38, scale: 0, mode: 'bigint' }).notNull().default(sql`0`),
});

/**
 * The ledger's sums by hour, which dashboards read. A trigger on the ledger updates them in the statement that writes the
 * ledger's rows, so that the two always agree.
 */
export const usageRollups = pgTable(
  'usage_rollups',
  {
    tenantId: text('tenant_id').notNull(),
    /** The hour in UTC in which the requests started. */
    hour: timestamp('hour', { withTimezone: true }).notNull(),
    ...groupColumns(),
    ...sumColumns(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.hour, table.keyId, table.provider, table.model, table.source] }),
  ],
);

/**
 * The hourly sums by day, because a month has too many hours. A trigger on the hourly sums updates them in the statement that
 * changes those.
 */
export const usageDays = pgTable(
  'usage_days',
  {
    tenantId: text('tenant_id').notNull(),
    /** The day in UTC in which the requests started. */
    day: timestamp('day', { withTimezone: true }).notNull(),
    ...groupColumns(),
    ...sumColumns(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.day, table.keyId, table.provider, table.model, table.source] }),
  ],
);
