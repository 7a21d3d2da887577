import type { LogPosition } from '../db/queries/requests.ts';
import { invalidFieldError } from '../domain/errors.ts';
import { fromBase64Url, toBase64Url } from '../lib/base64-url.ts';
import { hashToUnit } from '../lib/hash-to-unit.ts';
import type { RequestQuery } from './request-query.ts';

/** Where a page of the log ended. */
export interface RequestCursor extends LogPosition {
  /** The start of the range that the first page was about. */
  readonly since: Date;
}

const maxCursorLength = 256;

/** Encodes a cursor. It continues the query that it belongs to, and no other. */
export function encodeRequestCursor({ at, id, since }: RequestCursor, query: RequestQuery): string {
  const text = [at.getTime(), since.getTime(), fingerprint(query), id].join('.');
  return toBase64Url(new TextEncoder().encode(text));
}

/** Decodes a cursor. Throws `invalid_request` for one of another query. */
export function decodeRequestCursor(cursor: string, query: RequestQuery): RequestCursor {
  const [, at, since, print, id] = /^(\d{1,13})\.(\d{1,13})\.(\d+)\.(\w{1,64})$/.exec(readText(cursor)) ?? [];
  if (at === undefined || since === undefined || id === undefined || print !== fingerprint(query)) {
    throw invalidFieldError(['after'], 'must be the cursor of a page with the same filter');
  }
  return { at: new Date(Number(at)), since: new Date(Number(since)), id };
}

function readText(cursor: string): string {
  if (cursor.length > maxCursorLength || !/^[\w-]+$/.test(cursor)) return '';
  try {
    return new TextDecoder().decode(fromBase64Url(cursor));
  } catch {
    return '';
  }
}

/** Tells queries apart. A forged one leads to no other rows than the filter of its own request selects. */
function fingerprint({ filter, since, until }: RequestQuery): string {
  return String(Math.floor(hashToUnit(JSON.stringify([filter, since, until])) * 2 ** 32));
}
