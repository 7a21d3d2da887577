import { boolean, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { limitColumns } from './limits.ts';

/** Who pays: everything that is asked, counted and limited belongs to one tenant. */
export const tenants = pgTable('tenants', {
  /** `ten_…` */
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  /** False: suspended. Its keys are known and refused. */
  active: boolean('active').notNull().default(true),
  ...limitColumns(),
  /** Told of budgets that run out. */
  webhookUrl: text('webhook_url'),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});
