import { integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/** The thresholds (50, 80, 100 %) that a budget has passed: each is reported once in its period. */
export const budgetAlerts = pgTable(
  'budget_alerts',
  {
    tenantId: text('tenant_id').notNull(),
    /** `key_…` or `ten_…`: the owner of the budget. */
    scopeId: text('scope_id').notNull(),
    /** A day (`2026-11-24`) or a month (`2026-11`), UTC. */
    period: text('period').notNull(),
    percent: integer('percent').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.scopeId, table.period, table.percent] })],
);
