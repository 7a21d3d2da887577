import { index, json, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import type { OverridePrices } from '../../domain/price-override.ts';

/**
 * Prices that replace those of the price list. Rows are only added: the newest row of a model applies from its creation on.
 * Each ledger row names the price version that priced it.
 */
export const priceOverrides = pgTable(
  'price_overrides',
  {
    /** `prc_…`: the price version of the rows that it prices. */
    id: text('id').primaryKey(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    /** Dollars per million tokens as decimal texts, by kind of token; null: the price list applies again. */
    prices: json('prices').$type<OverridePrices>(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('price_overrides_provider_model').on(table.provider, table.model, table.createdAt)],
);
