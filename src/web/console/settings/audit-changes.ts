/** A field of an entry of the audit log, as text. Undefined: there was, or is, no such value. */
export interface AuditChange {
  /** Nested fields have the path with dots. */
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const maxLength = 2_000;

/** Lists the fields in which two states differ. A state of null has no fields: its object did not, or does not, exist. */
export function listAuditChanges(before: unknown, after: unknown): AuditChange[] {
  const oldValues = new Map(listLeaves(before));
  const newValues = new Map(listLeaves(after));
  const fields = [...new Set([...oldValues.keys(), ...newValues.keys()])];
  return fields
    .map((field) => ({ field, before: oldValues.get(field), after: newValues.get(field) }))
    .filter((change) => change.before !== change.after);
}

function listLeaves(value: unknown, path = ''): [field: string, text: string][] {
  if (!isObject(value)) return path === '' ? [] : [[path, formatValue(value)]];
  const entries = Object.entries(value);
  if (entries.length === 0 && path !== '') return [[path, '{}']];
  return entries.flatMap(([name, inner]) => listLeaves(inner, path === '' ? name : `${path}.${name}`));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function formatValue(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
