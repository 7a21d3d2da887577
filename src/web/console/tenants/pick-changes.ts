/** The fields of an object that have changed; of an object in it, its changed fields. */
export type Changes<Values> = {
  readonly [Field in keyof Values]?: Values[Field] extends readonly unknown[] | null
    ? Values[Field]
    : Values[Field] extends object
      ? Partial<Values[Field]>
      : Values[Field];
};

/** Returns the fields of `after` that differ from those of `before`: only these are sent. */
export function pickChanges<Values extends object>(before: Values, after: Values): Changes<Values> {
  return pickEntries(before, after) as Changes<Values>;
}

function pickEntries(before: object, after: object): Record<string, unknown> {
  const previous = new Map<string, unknown>(Object.entries(before));
  const changes: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(after)) {
    const existing = previous.get(field);
    if (JSON.stringify(existing) === JSON.stringify(value)) continue;
    changes[field] = isRecord(existing) && isRecord(value) ? pickEntries(existing, value) : value;
  }
  return changes;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
