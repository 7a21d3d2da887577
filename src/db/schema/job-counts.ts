import { bigint, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core';

/**
 * The number of a tenant's jobs. A trigger on jobs maintains it, because counting a million jobs takes as long as reading
 * them. A tenant has several parts, so that concurrent inserts do not wait for each other.
 */
export const jobCounts = pgTable(
  'job_counts',
  {
    tenantId: text('tenant_id').notNull(),
    part: smallint('part').notNull(),
    /** A single part may be negative. */
    jobs: bigint('jobs', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.part] })],
);
