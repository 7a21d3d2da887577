import { index, integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/** Responses that are replayed when a request is repeated with the same Idempotency-Key. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tenantId: text('tenant_id').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of the request: another request with the same key is refused. */
    fingerprint: text('fingerprint').notNull(),
    /** The token of the request that produces the response; null once the response is stored. */
    owner: text('owner'),
    /** From then on the owner counts as dead. */
    ownedUntil: timestamp('owned_until', { withTimezone: true }),
    status: integer('status'),
    headers: jsonb('headers').$type<Readonly<Record<string, string>>>(),
    body: text('body'),
    /** The job that was created with the key; null if the key belongs to another kind of request. */
    jobId: text('job_id'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.key] }),
    index('idempotency_keys_expires_at').on(table.expiresAt),
  ],
);
