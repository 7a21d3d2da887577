import { listAuditLog, maxAuditPageSize } from '../audit/list-audit-log.ts';
import { StartError } from '../dev/start-error.ts';
import type { AuditEntry } from '../domain/audit.ts';
import type { AdminCommands, AdminDependencies } from './admin-command.ts';
import { type AdminOptions, parseNumber } from './admin-options.ts';
import { findTenant } from './find-tenant.ts';
import { formatTable } from './format-table.ts';
import { parseTime } from './parse-time.ts';

const defaultLimit = 50;
const maxLimit = 10_000;

/** The command for the audit log. */
export const auditCommands: AdminCommands = {
  audit: {
    arguments: [],
    options: ['tenant', 'subject', 'actor', 'action', 'since', 'until', 'limit'],
    summary: `lists who changed what, the newest first: ${defaultLimit} entries, or as many as --limit says`,
    run: async (dependencies, { values }) => {
      const entries = await listEntries(dependencies, values);
      const columns = ['time', 'who', 'tenant', 'action', 'subject', 'change'];
      return { text: formatTable(columns, entries.map(describeEntry)), value: entries };
    },
  },
};

async function listEntries(dependencies: AdminDependencies, values: AdminOptions): Promise<AuditEntry[]> {
  const limit = parseNumber(values, 'limit') ?? defaultLimit;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new StartError(`--limit must be a whole number from 1 to ${maxLimit}.`);
  }
  const filter = {
    tenantId: values.tenant === undefined ? undefined : (await findTenant(dependencies, values.tenant)).id,
    actorKeyId: values.actor,
    subjectId: values.subject,
    action: values.action,
    since: parseTime('--since', values.since),
    until: parseTime('--until', values.until),
  };
  const entries: AuditEntry[] = [];
  let after: string | undefined;
  do {
    const size = Math.min(limit - entries.length, maxAuditPageSize);
    const page = await listAuditLog(dependencies.database, filter, { size, after });
    entries.push(...page.nodes);
    after = page.hasNextPage ? (page.endCursor ?? undefined) : undefined;
  } while (after !== undefined && entries.length < limit);
  return entries;
}

function describeEntry({ createdAt, actor, tenantId, action, subjectId, before, after }: AuditEntry): string[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const show = (value: unknown) => JSON.stringify(value ?? null);
  const changes = names.map((name) => {
    if (before && after) return `${name}: ${show(before[name])} → ${show(after[name])}`;
    return `${name}: ${show((before ?? after)?.[name])}`;
  });
  const who = actor.type === 'cli' ? `cli (${actor.id})` : actor.id;
  return [createdAt.toISOString(), who, tenantId ?? 'global', action, subjectId, changes.join(', ')];
}
