import { index, integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/** Answers that are given again when the same call is made with the same Idempotency-Key. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tenantId: text('tenant_id').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of what was asked: another body under the same key is refused. */
    fingerprint: text('fingerprint').notNull(),
    /** Who is working on the first answer; null once it stands. */
    owner: text('owner'),
    /** When its owner counts as dead. */
    ownedUntil: timestamp('owned_until', { withTimezone: true }),
    status: integer('status'),
    headers: jsonb('headers'),
    body: text('body'),
    /** The job that the key has made, where it was one. */
    jobId: text('job_id'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.key] }),
    index('idempotency_keys_expires_at').on(table.expiresAt),
  ],
);
