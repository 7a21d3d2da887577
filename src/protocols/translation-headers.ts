import type { FieldPath } from '../domain/error-issue.ts';
import { joinFieldPaths } from '../domain/join-field-paths.ts';
import type { TranslationReport } from '../domain/translation-report.ts';

/** Builds `x-gateway-dropped` and `x-gateway-adjusted`: paths of the client's request, joined by commas. */
export function buildTranslationHeaders(report: TranslationReport): [name: string, value: string][] {
  const headers: [name: string, paths: readonly FieldPath[]][] = [
    ['x-gateway-dropped', report.dropped],
    ['x-gateway-adjusted', report.adjusted],
  ];
  return headers.filter(([, paths]) => paths.length > 0).map(([name, paths]) => [name, joinFieldPaths(paths)]);
}
