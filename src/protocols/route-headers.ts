import type { AttemptSummary, RequestReport } from '../domain/request-report.ts';

const maxDetailBytes = 1024;

/**
 * Builds the headers that say which provider and which model a request went to, by which route, and after how many attempts. None for
 * what only names them, as a new job does.
 */
export function buildRouteHeaders({
  provider,
  model,
  route,
  attempts = 1,
  failedAttempts,
  admitMs,
}: RequestReport): [name: string, value: string][] {
  if (provider === undefined || model === undefined || admitMs === undefined) return [];
  const headers: [name: string, value: string][] = [
    ['x-gateway-provider', provider],
    ['x-gateway-model', encodeName(model)],
    ['x-gateway-attempts', String(attempts)],
  ];
  if (route !== undefined) headers.push(['x-gateway-route', route]);
  if (failedAttempts) headers.push(['x-gateway-attempts-detail', describeAttempts(failedAttempts)]);
  return headers;
}

/** Percent-encodes what a header cannot hold: names in paths and forms come from clients. */
function encodeName(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? name : name.toWellFormed().replace(/[^\x20-\x7e]+/g, encodeURIComponent);
}

/** Writes failed attempts as JSON of at most 1 KB: the last ones are left out where it is longer. */
export function describeAttempts(attempts: readonly AttemptSummary[]): string {
  for (let count = attempts.length; count > 0; count -= 1) {
    const text = encodeName(JSON.stringify(attempts.slice(0, count)));
    if (text.length <= maxDetailBytes) return text;
  }
  return '[]';
}
