import { type EncodedRequest, encodeRequest } from './encode-request.ts';
import { findRequests, type LogDependencies } from './find-requests.ts';
import type { RequestQuery } from './request-query.ts';

export const exportFormats = ['csv', 'ndjson'] as const;

export type ExportFormat = (typeof exportFormats)[number];

/** The rows of one statement: about two megabytes. */
const pageSize = 2000;

/** Columns of an export: those of the JSON form. */
const columns = [
  ...(['id', 'createdAt', 'tenantId', 'keyId', 'clientRequestId', 'source', 'path', 'status', 'httpStatus'] as const),
  ...(['provider', 'model', 'route', 'errorCode', 'errorMessage', 'upstreamStatus', 'upstreamRequestId'] as const),
  ...(['tokensIn', 'tokensOut', 'cacheReadTokens', 'reasoningTokens', 'cost', 'savedCost', 'firstByteMs'] as const),
  ...(['totalMs', 'attemptCount', 'endUser', 'sessionId', 'tags', 'dropped', 'adjusted', 'jobId'] as const),
  'represents',
] as const satisfies readonly (keyof EncodedRequest)[];

/**
 * Yields the requests that a query selects as text, the newest first, one page at a time. The next page is read when the one before has
 * been taken.
 */
export async function* exportRequests(
  dependencies: LogDependencies,
  query: RequestQuery,
  format: ExportFormat,
): AsyncGenerator<string, void, undefined> {
  const encodeLine = format === 'csv' ? encodeCsvRequest : encodeJsonRequest;
  let head = format === 'csv' ? encodeCsvLine(columns) : '';
  let after: string | undefined;
  do {
    const page = await findRequests(dependencies, query, { first: pageSize, after });
    const text = head + page.rows.map((row) => encodeLine(encodeRequest(row))).join('');
    // A page may be empty where the filter has looked at many rows.
    if (text !== '') yield text;
    head = '';
    after = page.next ?? undefined;
  } while (after !== undefined);
}

function encodeJsonRequest(request: EncodedRequest): string {
  return `${JSON.stringify(request)}\n`;
}

function encodeCsvRequest(request: EncodedRequest): string {
  return encodeCsvLine(columns.map((name) => toCellText(request[name])));
}

function toCellText(value: EncodedRequest[keyof EncodedRequest]): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Encodes a line by RFC 4180. */
function encodeCsvLine(cells: readonly string[]): string {
  return `${cells.map(encodeCsvCell).join(',')}\r\n`;
}

/** Quotes a cell where it needs it. A spreadsheet would run a text that begins like a formula: it gets an apostrophe before it. */
export function encodeCsvCell(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
