import { index, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import type { AuditAction, AuditActor, AuditSubjectType, AuditValues } from '../../domain/audit.ts';

/**
 * Who has changed what. An entry is written in the statement or the transaction of its change. Rows are only added. Tenants
 * and keys are referenced without foreign keys, so that entries outlive them.
 */
export const auditLog = pgTable(
  'audit_log',
  {
    /** `aud_…` */
    id: text('id').primaryKey(),
    /** Milliseconds, which a cursor can name exactly. */
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
    actorType: text('actor_type').$type<AuditActor['type']>().notNull(),
    /** The id of an API key, or the name of a user of the operating system. */
    actorId: text('actor_id').notNull(),
    /** The tenant of the API key. */
    actorTenantId: text('actor_tenant_id'),
    /** The tenant of the subject; null: the subject is one of all tenants. */
    tenantId: text('tenant_id'),
    action: text('action').$type<AuditAction>().notNull(),
    subjectType: text('subject_type').$type<AuditSubjectType>().notNull(),
    subjectId: text('subject_id').notNull(),
    /** The fields that have changed, as they were; null: there was no such subject. */
    before: jsonb('before').$type<AuditValues>(),
    /** The same fields as they are now; null: there is no such subject any more. */
    after: jsonb('after').$type<AuditValues>(),
  },
  (table) => [
    index('audit_log_created_at').on(table.createdAt, table.id),
    index('audit_log_tenant_id').on(table.tenantId, table.createdAt, table.id),
    index('audit_log_actor_id').on(table.actorId, table.createdAt, table.id),
    index('audit_log_subject_id').on(table.subjectId, table.createdAt),
  ],
);
