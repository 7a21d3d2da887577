import { bigint, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core';

/**
 * How many jobs a tenant has, kept by a trigger on the jobs: to count a million of them anew would take as long as it takes to
 * read them. In several parts, so that those who create jobs at once do not wait for each other.
 */
export const jobCounts = pgTable(
  'job_counts',
  {
    tenantId: text('tenant_id').notNull(),
    part: smallint('part').notNull(),
    /** One part alone may be below 0. */
    jobs: bigint('jobs', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.part] })],
);
