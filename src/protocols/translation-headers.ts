import { type FieldPath, formatFieldPath } from '../domain/error-issue.ts';
import type { TranslationReport } from '../domain/translation-report.ts';

const maxHeaderBytes = 1024;
/** Room for the number of paths that are left out. */
const maxRemainderBytes = 12;

/** Builds `x-gateway-dropped` and `x-gateway-adjusted`: paths of the client's request, joined by commas. */
export function buildTranslationHeaders(report: TranslationReport): [name: string, value: string][] {
  const headers: [name: string, paths: readonly FieldPath[]][] = [
    ['x-gateway-dropped', report.dropped],
    ['x-gateway-adjusted', report.adjusted],
  ];
  return headers.filter(([, paths]) => paths.length > 0).map(([name, paths]) => [name, joinPaths(paths)]);
}

/** Joins paths, at most 1 KB of them. `...+N` at the end says how many more there are. */
export function joinPaths(paths: readonly FieldPath[]): string {
  let text = '';
  for (const [index, path] of paths.entries()) {
    const name = `${index === 0 ? '' : ','}${encodePath(path)}`;
    if (text.length + name.length > maxHeaderBytes - maxRemainderBytes) return `${text}...+${paths.length - index}`;
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
