import { findJsonSpans, type JsonPath, type JsonSpan } from './find-json-spans.ts';
import { skipSpace } from './walk-json-text.ts';

/**
 * Replaces or removes the values that have a path in a JSON text; every other byte stays as it is. `change` returns the text
 * of the new value, null to remove the element or property, and undefined to keep it. `pattern` is one of `findJsonSpans`.
 */
export function changeJsonValues(
  text: string,
  pattern: readonly string[],
  change: (path: JsonPath) => string | null | undefined,
): string {
  let result = text;
  // From the last to the first, so that the offsets of those before stay true.
  for (const span of findJsonSpans(text, pattern).reverse()) {
    const value = change(span.path);
    if (value === null) result = removeMember(result, span);
    else if (value !== undefined) result = result.slice(0, span.start) + value + result.slice(span.end);
  }
  return result;
}

/** Removes a member with the comma behind it, or with the one before the last member. */
function removeMember(text: string, { memberStart, end }: JsonSpan): string {
  const next = skipSpace(text, end);
  if (text[next] === ',') return text.slice(0, memberStart) + text.slice(skipSpace(text, next + 1));
  const before = text.slice(0, memberStart).trimEnd();
  return (before.endsWith(',') ? before.slice(0, -1) : before) + text.slice(end);
}
