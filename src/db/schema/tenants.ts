import { sql } from 'drizzle-orm';
import { boolean, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { endUserLimitColumns, limitColumns } from './limits.ts';

/** Tenants: each request, charge and limit belongs to one of them. */
export const tenants = pgTable('tenants', {
  /** `ten_…` */
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  /** False: suspended. Its keys are known and refused. */
  active: boolean('active').notNull().default(true),
  ...limitColumns(),
  ...endUserLimitColumns(),
  /** The names of the tags that its requests may have. Others are dropped. */
  tagNames: text('tag_names').array().notNull().default(sql`'{}'`),
  /** Whether its Responses are stored, where RESPONSE_RETENTION_DAYS is not 0. */
  storeResponses: boolean('store_responses').notNull().default(false),
  /** Receives `budget.reached`. */
  webhookUrl: text('webhook_url'),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});
