import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { AuditAction, AuditActor, AuditEntry, AuditRecord, AuditSubjectType } from '../../domain/audit.ts';
import { newId } from '../../domain/ids.ts';
import type { Database } from '../client.ts';
import { auditLog } from '../schema/audit-log.ts';

/** What the statement of a change records of it. */
export interface RecordedChange {
  readonly actor: AuditActor;
  /** An entry is written of each that has changed one of its fields. */
  readonly entries: readonly RecordedEntry[];
  readonly subjectType: AuditSubjectType;
  /** CTEs of the statement: one row for each object that was changed. The next four are SQL over these rows. */
  readonly from: SQL;
  readonly subjectId: SQL;
  readonly tenantId: SQL;
  /** `jsonb` by the names of the API; NULL: there was no such object. */
  readonly before: SQL;
  /** `jsonb` by the names of the API; NULL: there is no such object any more. */
  readonly after: SQL;
}

interface RecordedEntry {
  readonly action: AuditAction;
  /** Absent: all fields. */
  readonly fields?: readonly string[];
  /** Whether it is written even where no field has changed. */
  readonly always?: boolean;
}

/** The state of an object that does not exist, or not any more. */
export const noState = sql.raw('NULL::jsonb');

/**
 * Returns the INSERT of the entries of a change, for a CTE of the statement that makes the change. Of a webhook's URL they show
 * the host alone, because its path may be a secret.
 */
export function insertChangeEntries(change: RecordedChange): SQL {
  const { actor, subjectType, subjectId, tenantId, before, after, from } = change;
  const entries = JSON.stringify(change.entries.map((entry) => ({ id: newId('aud'), ...entry })));
  return sql`
    INSERT INTO ${auditLog} (id, actor_type, actor_id, actor_tenant_id, tenant_id, action, subject_type, subject_id, before, after)
    SELECT entry.id, ${actor.type}, ${actor.id}, ${actor.tenantId}, state.tenant_id, entry.action, ${subjectType}, state.subject_id,
      CASE WHEN state.before IS NOT NULL THEN coalesce(difference.before, '{}') END,
      CASE WHEN state.after IS NOT NULL THEN coalesce(difference.after, '{}') END
    FROM (SELECT ${tenantId} AS tenant_id, ${subjectId} AS subject_id, ${before} AS before, ${after} AS after FROM ${from}) AS state
    CROSS JOIN jsonb_to_recordset(${entries}::jsonb) AS entry(id text, action text, fields jsonb, always boolean)
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(field, ${shownValue('before')}) AS before, jsonb_object_agg(field, ${shownValue('after')}) AS after
      FROM jsonb_object_keys(coalesce(state.before, '{}') || coalesce(state.after, '{}')) AS field
      WHERE (entry.fields IS NULL OR entry.fields ? field)
        AND nullif(state.before -> field, 'null') IS DISTINCT FROM nullif(state.after -> field, 'null')
    ) AS difference
    WHERE entry.always OR difference.after IS NOT NULL`;
}

function shownValue(state: 'before' | 'after'): SQL {
  const value = `state.${state} -> field`;
  const host = `regexp_replace(state.${state} ->> field, '^(\\w+://[^/?#]*).*$', '\\1/…')`;
  return sql.raw(`CASE field WHEN 'webhookUrl' THEN to_jsonb(${host}) ELSE ${value} END`);
}

/** Returns a value as a `jsonb` parameter. Postgres cannot hold U+0000 and half surrogate pairs: they become U+FFFD. */
export function jsonbParameter(value: unknown): SQL {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'string' ? inner.toWellFormed().replaceAll('\0', '\ufffd') : inner,
  );
  return sql`${text}::jsonb`;
}

/** Inserts an entry on its own, for what changes no row. An id that is there already makes it do nothing. */
export async function insertAuditEntry(
  database: Database,
  record: AuditRecord & { readonly id: string },
): Promise<void> {
  const { actor, before, after, ...columns } = record;
  const states = { before: before && jsonbParameter(before), after: after && jsonbParameter(after) };
  await database
    .insert(auditLog)
    .values({ ...columns, ...states, actorType: actor.type, actorId: actor.id, actorTenantId: actor.tenantId })
    .onConflictDoNothing();
}

/** Which entries are listed. What is left out does not narrow. */
export interface AuditFilter {
  readonly tenantId?: string | undefined;
  readonly actorId?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly action?: AuditAction | undefined;
  /** From this moment on. */
  readonly since?: Date | undefined;
  /** Before this moment. */
  readonly until?: Date | undefined;
}

/** Lists entries, the newest first: at most `limit`, after the entry with the id `after`. */
export async function listAuditEntries(
  database: Database,
  filter: AuditFilter,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<AuditEntry[]> {
  const { id, createdAt } = auditLog;
  const { tenantId, actorId, subjectId, action, since, until } = filter;
  const rows = await database
    .select()
    .from(auditLog)
    .where(
      and(
        tenantId === undefined ? undefined : eq(auditLog.tenantId, tenantId),
        actorId === undefined ? undefined : eq(auditLog.actorId, actorId),
        subjectId === undefined ? undefined : eq(auditLog.subjectId, subjectId),
        action === undefined ? undefined : eq(auditLog.action, action),
        since && gte(createdAt, since),
        until && lt(createdAt, until),
        after === undefined
          ? undefined
          : sql`(${createdAt}, ${id}) < ((SELECT created_at FROM ${auditLog} AS cursor WHERE cursor.id = ${after}), ${after})`,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
  return rows.map(({ actorType, actorId, actorTenantId, ...entry }) => ({
    ...entry,
    actor: { type: actorType, id: actorId, tenantId: actorTenantId },
  }));
}
