import { integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import type { JobEventData, JobEventType } from '../../domain/job.ts';
import { jobs } from './jobs.ts';

/** The events of a job, in order: any isolate can read them. */
export const jobEvents = pgTable(
  'job_events',
  {
    jobId: text('job_id')
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    /** From 1, without gaps. */
    number: integer('number').notNull(),
    /** A trigger writes `status` with each change of the status. */
    type: text('type').$type<JobEventType>().notNull(),
    data: jsonb('data').$type<JobEventData>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.number] })],
);
