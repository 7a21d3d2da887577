import type { Database } from '../db/client.ts';
import { type AuditFilter, listAuditEntries } from '../db/queries/audit-log.ts';
import { type AuditAction, type AuditEntry, auditActions, isAuditEntryId } from '../domain/audit.ts';
import { invalidFieldError } from '../domain/errors.ts';
import { isTenantId } from '../domain/ids.ts';
import { didYouMean } from '../lib/suggest-name.ts';

/** The filter of the audit log as a client sends it. What is null or left out does not narrow. */
export interface AuditFilterInput extends Partial<Record<'tenantId' | 'actorKeyId' | 'subjectId' | 'action', Text>> {
  readonly since?: Date | null | undefined;
  readonly until?: Date | null | undefined;
}

type Text = string | null | undefined;

/** A page of the audit log, the newest entry first. */
export interface AuditPage {
  readonly nodes: readonly AuditEntry[];
  readonly hasNextPage: boolean;
  /** The id of the last entry; null where there is none. */
  readonly endCursor: string | null;
}

export const maxAuditPageSize = 100;

/** Lists a page of the audit log. Throws `invalid_request` that names the field. */
export async function listAuditLog(
  database: Database,
  filter: AuditFilterInput,
  { size, after }: { readonly size: number; readonly after?: string | null | undefined },
): Promise<AuditPage> {
  if (size < 1 || size > maxAuditPageSize) throw invalidFieldError(['first'], `must be 1 to ${maxAuditPageSize}`);
  if (after != null && !isAuditEntryId(after)) throw invalidFieldError(['after'], 'must be the cursor of a page');
  const page = { limit: size + 1, after: after ?? undefined };
  const rows = await listAuditEntries(database, parseFilter(filter), page);
  const nodes = rows.slice(0, size);
  return { nodes, hasNextPage: rows.length > size, endCursor: nodes.at(-1)?.id ?? null };
}

function parseFilter({ tenantId, actorKeyId, subjectId, action, since, until }: AuditFilterInput): AuditFilter {
  if (tenantId != null && !isTenantId(tenantId)) {
    throw invalidFieldError(['filter', 'tenantId'], 'must be the id of a tenant: ten_…');
  }
  if (actorKeyId != null && !/^key_\w{1,64}$/.test(actorKeyId)) {
    throw invalidFieldError(['filter', 'actorKeyId'], 'must be the id of an API key: key_…');
  }
  if (subjectId != null && !/^\P{Cc}{1,512}$/u.test(subjectId)) {
    throw invalidFieldError(['filter', 'subjectId'], 'must be 1 to 512 characters, none of them a control character');
  }
  return {
    tenantId: tenantId ?? undefined,
    actorId: actorKeyId ?? undefined,
    subjectId: subjectId ?? undefined,
    action: action == null ? undefined : parseAction(action),
    since: since ?? undefined,
    until: until ?? undefined,
  };
}

function parseAction(text: string): AuditAction {
  const action = auditActions.find((name) => name === text);
  if (action) return action;
  const hint = didYouMean(text, auditActions) || `: use one of ${auditActions.join(', ')}`;
  throw invalidFieldError(['filter', 'action'], `is not an action of the audit log${hint}`);
}
