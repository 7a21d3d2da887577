import { index, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { tenants } from './tenants.ts';

/** The keys of tenants. A key itself is nowhere: what is stored is its SHA-256. */
export const apiKeys = pgTable(
  'api_keys',
  {
    /** `key_…`, which may be shown and logged. */
    id: text('id').primaryKey(),
    tenantId: text('tenant_id')
      .notNull()
      .references(() => tenants.id),
    name: text('name').notNull(),
    /** SHA-256 of the key, in lower-case hex. */
    keyHash: text('key_hash').notNull().unique(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('api_keys_tenant_id').on(table.tenantId)],
);
