import { Link } from 'wouter';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatTime } from '../ui/format.ts';
import { listAuditChanges } from './audit-changes.ts';
import type { AuditLogQuery } from './audit-log.generated.ts';

type AuditEntry = AuditLogQuery['auditLog']['nodes'][number];

/** Entries of the audit log. Names and values come from clients, and are shown as text. */
export function AuditTable({ entries }: { readonly entries: readonly AuditEntry[] }) {
  return <DataTable caption="Audit log" rows={entries} rowKey={({ id }) => id} columns={columns} />;
}

const columns: readonly Column<AuditEntry>[] = [
  { id: 'time', header: 'Time', cell: ({ createdAt }) => formatTime(createdAt) },
  { id: 'action', header: 'Action', cell: ({ action }) => action },
  { id: 'changes', header: 'Changes', cell: (entry) => <Changes entry={entry} /> },
  { id: 'subject', header: 'Subject', cell: ({ subjectId }) => <FilterLink name="subjectId" value={subjectId} /> },
  {
    id: 'tenant',
    header: 'Tenant',
    cell: ({ tenantId }) => (tenantId === null ? 'all' : <FilterLink name="tenantId" value={tenantId} />),
  },
  {
    id: 'actor',
    header: 'Actor',
    cell: ({ actor: { type, id } }) =>
      type === 'KEY' ? <FilterLink name="actorKeyId" value={id} /> : `${id} (command line)`,
  },
];

/** Lists the entries with the same value. */
function FilterLink({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <Link href={`/audit-log?${new URLSearchParams({ [name]: value })}`} className="mono">
      {value}
    </Link>
  );
}

function Changes({ entry: { before, after } }: { readonly entry: AuditEntry }) {
  return (
    <ul className="plain-list changes">
      {listAuditChanges(before, after).map((change) => (
        <li key={change.field}>
          <strong>{change.field}</strong>: {change.before !== undefined && <del>{change.before}</del>}
          {change.before !== undefined && change.after !== undefined && ' → '}
          {change.after !== undefined && <ins>{change.after}</ins>}
        </li>
      ))}
    </ul>
  );
}
