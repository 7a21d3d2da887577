/** A JSON Schema that is an object. Its keywords came from a client: any of them may hold anything. */
export type Schema = Readonly<Record<string, unknown>>;

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function getNumber(schema: Schema, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === 'number' ? value : undefined;
}

export function getList(schema: Schema, keyword: string): readonly unknown[] | undefined {
  const value = schema[keyword];
  return Array.isArray(value) ? value : undefined;
}

/** The names and schemas of a keyword such as `properties`. */
export function schemasIn(schema: Schema, keyword: string): ReadonlyMap<string, unknown> {
  const value = schema[keyword];
  return new Map(isSchema(value) ? Object.entries(value) : []);
}

/** What a reference within a document stands for: `#`, `#/$defs/name`. Undefined for any other, and for one to nowhere. */
export function resolveReference(root: unknown, reference: unknown): unknown {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) return undefined;
  let place: unknown = root;
  for (const step of decode(reference).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) return undefined;
    place = Reflect.get(place, name);
  }
  return place;
}

function decode(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference;
  }
}
