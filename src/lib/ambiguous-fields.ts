import type { ErrorIssue } from '../domain/error-issue.ts';

/** The names of fields, each under the name in which case no longer counts. */
export type UnambiguousFields = ReadonlyMap<string, string>;

/** Names the fields that an object may have only once and in their own case. */
export function unambiguousFields(names: readonly string[]): UnambiguousFields {
  return new Map(names.map((name) => [foldCase(name), name]));
}

/**
 * Finds a field that an object has twice, or in another case than its own: of two members of one name some servers read the
 * first, and others ignore case. `readNames` gives all names as they stand in the text, and is called only if `object` has
 * fewer than `nameCount`.
 */
export function findAmbiguousField(
  object: object,
  fields: UnambiguousFields,
  nameCount: number,
  readNames: () => Iterable<string>,
): ErrorIssue | undefined {
  const names = Object.keys(object);
  for (const name of names) {
    const field = fields.get(foldCase(name));
    if (field !== undefined && field !== name) return { path: [name], message: `must be written "${field}"` };
  }
  if (names.length === nameCount) return undefined;
  const existing = new Set<string>();
  for (const name of readNames()) {
    if (existing.has(name) && fields.get(foldCase(name)) === name) {
      return { path: [name], message: 'is in the body more than once: send it once' };
    }
    existing.add(name);
  }
  return undefined;
}

/** Folds case as Unicode does: U+017F is an s, and U+212A a k, to servers that ignore case. */
function foldCase(name: string): string {
  return name.toUpperCase().toLowerCase();
}
