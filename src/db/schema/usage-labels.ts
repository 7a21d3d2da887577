import { sql } from 'drizzle-orm';
import { bigint, index, numeric, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import type { UsageLabelType } from '../../domain/logging.ts';

const count = (name: string) => bigint(name, { mode: 'number' }).notNull();
const instant = (name: string) => timestamp(name, { withTimezone: true });

/**
 * The sums of the request log by day, for each end user, tag and route. A trigger on the request log updates them in the statement
 * that writes its rows. They outlive the log. Clients invent the names of end users and the values of tags: those beyond the bounds of
 * `label_names` are added up as `(other)`.
 */
export const usageLabels = pgTable(
  'usage_labels',
  {
    tenantId: text('tenant_id').notNull(),
    type: text('type').$type<UsageLabelType>().notNull(),
    /** The end user, the route, or the tag as `name=value`. */
    label: text('label').notNull(),
    /** The day in UTC in which the requests started. */
    day: instant('day').notNull(),
    requests: count('requests'),
    errors: count('errors'),
    /** Refused requests, which `requests` does not count. */
    refused: count('refused'),
    attempts: count('attempts'),
    inputTokens: count('input_tokens'),
    outputTokens: count('output_tokens'),
    cacheReadTokens: count('cache_read_tokens'),
    reasoningTokens: count('reasoning_tokens'),
    costNanoUsd: numeric('cost_nano_usd', { precision: 38, scale: 0, mode: 'bigint' }).notNull(),
    /** Requests without a known cost, which the cost does not include. */
    unpricedRequests: count('unpriced_requests'),
    /** What requests would have cost that earlier replies have answered. */
    savedNanoUsd: numeric('saved_nano_usd', { precision: 38, scale: 0, mode: 'bigint' }).notNull().default(sql`0`),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.type, table.label, table.day] }),
    index('usage_labels_day').on(table.tenantId, table.type, table.day),
  ],
);

/** The labels that a tenant has used, which bounds how many it can invent. */
export const labelNames = pgTable(
  'label_names',
  {
    tenantId: text('tenant_id').notNull(),
    type: text('type').$type<UsageLabelType>().notNull(),
    label: text('label').notNull(),
    firstSeenAt: instant('first_seen_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.type, table.label] }),
    index('label_names_first_seen_at').on(table.tenantId, table.type, table.firstSeenAt),
  ],
);
