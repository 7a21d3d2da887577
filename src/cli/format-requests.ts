import type { LoggedRequestRow, RequestAttempt } from '../db/queries/requests.ts';
import { formatDollars } from './format-report.ts';
import { formatTable } from './format-table.ts';

/** Formats requests as a table, the newest first. */
export function formatRequests(rows: readonly LoggedRequestRow[], scannedUntil: Date | null): string {
  if (rows.length === 0) return formatEnd(rows, scannedUntil).join('\n');
  const columns = [
    'created',
    'id',
    'tenant',
    'status',
    'http',
    'target',
    'route',
    'error',
    'cost',
    'ms',
    'tries',
    'end user',
  ];
  const cells = rows.map((row) => [
    row.createdAt.toISOString(),
    row.id,
    row.tenantId,
    row.represents > 1 ? `${row.status} ×${row.represents}` : row.status,
    toText(row.httpStatus),
    formatTarget(row),
    row.route ?? '',
    row.errorCode ?? '',
    formatCost(row.costNanoUsd),
    String(row.totalMs),
    String(row.attempts),
    row.endUser ?? '',
  ]);
  return [
    formatTable(
      columns,
      cells.map((line) => line.map(toPrintable)),
    ),
    ...formatEnd(rows, scannedUntil),
  ].join('\n');
}

function formatEnd(rows: readonly LoggedRequestRow[], scannedUntil: Date | null): string[] {
  if (scannedUntil) {
    const time = scannedUntil.toISOString();
    return [`50,000 requests back to ${time} were looked at: go on with --until ${time}, or name a tenant or a key.`];
  }
  return rows.length === 0 ? ['There is no such request in this time.'] : [];
}

/** Formats a request with its attempts. */
export function formatRequest(row: LoggedRequestRow, attempts: readonly RequestAttempt[]): string {
  const fields: readonly (readonly [name: string, value: string | number | null])[] = [
    ['created', row.createdAt.toISOString()],
    ['tenant', row.tenantId],
    ['key', row.keyId],
    ["client's id", row.clientRequestId],
    ['path', `${row.path} (${row.source})`],
    ['status', row.httpStatus === null ? row.status : `${row.status}, HTTP ${row.httpStatus}`],
    ['represents', row.represents > 1 ? `${row.represents} refused requests` : null],
    ['route', row.route],
    ['target', formatTarget(row) || null],
    ['error', row.errorCode === null ? null : `${row.errorCode}: ${row.errorMessage ?? ''}`],
    ['provider said', row.upstreamStatus === null ? null : `HTTP ${row.upstreamStatus} ${row.upstreamRequestId ?? ''}`],
    ['cost', formatCost(row.costNanoUsd) || null],
    ['saved', formatCost(row.savedNanoUsd) || null],
    ['tokens', row.inputTokens === null ? null : `${row.inputTokens} in, ${toText(row.outputTokens)} out`],
    ['time', `${row.totalMs} ms${row.firstByteMs === null ? '' : `, first byte after ${row.firstByteMs} ms`}`],
    ['end user', row.endUser],
    ['session', row.sessionId],
    [
      'tags',
      Object.entries(row.tags ?? {})
        .map((tag) => tag.join('='))
        .join(', ') || null,
    ],
    ['dropped', row.dropped],
    ['adjusted', row.adjusted],
    ['job', row.jobId],
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === null ? [] : [`${name.padEnd(14)}${toPrintable(String(value))}`.trimEnd()],
  );
  const head = `Request ${row.id}`;
  if (attempts.length === 0) return [head, ...lines, 'No provider was asked.'].join('\n');
  return [head, ...lines, '', formatAttempts(attempts)].join('\n');
}

function formatAttempts(attempts: readonly RequestAttempt[]): string {
  const columns = ['attempt', 'target', 'status', 'error', 'in', 'out', 'cost', 'price version', 'first byte', 'ms'];
  const cells = attempts.map((attempt) => [
    String(attempt.attempt),
    formatTarget(attempt),
    attempt.status,
    attempt.errorCode ?? '',
    toText(attempt.inputTokens),
    toText(attempt.outputTokens),
    formatCost(attempt.costNanoUsd),
    attempt.priceVersion ?? '',
    toText(attempt.firstByteMs),
    String(attempt.totalMs),
  ]);
  return formatTable(
    columns,
    cells.map((line) => line.map(toPrintable)),
  );
}

function formatTarget({
  provider,
  model,
}: {
  readonly provider: string | null;
  readonly model: string | null;
}): string {
  return [provider, model].filter((name) => name !== null).join('/');
}

function formatCost(amount: bigint | null): string {
  return amount === null ? '' : formatDollars(amount);
}

function toText(value: number | null): string {
  return value === null ? '' : String(value);
}

/** Replaces control characters: clients invent names, and a terminal would obey them. */
function toPrintable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd');
}
