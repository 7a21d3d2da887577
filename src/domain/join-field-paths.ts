import { type FieldPath, formatFieldPath } from './error-issue.ts';

const maxLength = 1024;
/** Room for the number of paths that are left out. */
const maxRemainderLength = 12;

/** Joins paths by commas, at most 1 KB of ASCII. `...+N` at the end says how many more there are. */
export function joinFieldPaths(paths: readonly FieldPath[]): string {
  let text = '';
  for (const [index, path] of paths.entries()) {
    const name = `${index === 0 ? '' : ','}${encodePath(path)}`;
    if (text.length + name.length > maxLength - maxRemainderLength) return `${text}...+${paths.length - index}`;
    text += name;
  }
  return text;
}

/** Percent-encodes what has no place in a header or separates paths. */
function encodePath(path: FieldPath): string {
  return formatFieldPath(path).replace(/[^A-Za-z0-9_.\-[\]/~]+/g, (text) =>
    Array.from(new TextEncoder().encode(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
      '',
    ),
  );
}
