import { index, json, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/**
 * Prices that hold instead of the price list's. Rows are only ever added: the newest one for a model counts from its
 * creation on, and each row of the ledger names the one that it was priced by.
 */
export const priceOverrides = pgTable(
  'price_overrides',
  {
    /** `prc_…`: the price version of the rows that it prices. */
    id: text('id').primaryKey(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    /** Dollars per million tokens as decimal texts, by kind of token; null: the price list holds again. */
    prices: json('prices'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('price_overrides_provider_model').on(table.provider, table.model, table.createdAt)],
);
