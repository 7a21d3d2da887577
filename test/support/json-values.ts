type Path = readonly (string | number)[];

/** Returns the value at a path of parsed JSON; undefined where there is none. */
export function valueAt(json: unknown, ...path: Path): unknown {
  let value = json;
  for (const name of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return value;
}

/** Returns the text at a path; undefined where there is no text. */
export function textAt(json: unknown, ...path: Path): string | undefined {
  const value = valueAt(json, ...path);
  return typeof value === 'string' ? value : undefined;
}

/** Returns the number at a path; undefined where there is no number. */
export function numberAt(json: unknown, ...path: Path): number | undefined {
  const value = valueAt(json, ...path);
  return typeof value === 'number' ? value : undefined;
}

/** Returns the list at a path; an empty one where there is no list. */
export function listAt(json: unknown, ...path: Path): readonly unknown[] {
  const value = valueAt(json, ...path);
  return Array.isArray(value) ? value : [];
}

/** Returns two objects of JSON as one, whose fields are those of the second where both have them. */
export function merge(first: unknown, second: unknown): object {
  return { ...toObject(first), ...toObject(second) };
}

function toObject(json: unknown): object {
  return typeof json === 'object' && json !== null ? json : {};
}
