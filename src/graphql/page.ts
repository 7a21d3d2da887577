import { invalidFieldError } from '../domain/errors.ts';
import { isJobId } from '../domain/job.ts';

/** The arguments of a Relay connection of jobs. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
  readonly order?: 'NEWEST_FIRST' | 'OLDEST_FIRST' | null | undefined;
}

interface Page {
  readonly size: number;
  /** Counted from the end. The rows come in the opposite order and have to be reversed. */
  readonly backwards: boolean;
  readonly order: 'newest' | 'oldest';
  readonly after: string | undefined;
  readonly before: string | undefined;
}

const defaultSize = 20;
const maxSize = 100;

/** Returns the size of a page, for the cost of a document. A size that is rejected later counts as the maximum. */
export function getPageSize(first: number | null | undefined, last: number | null | undefined): number {
  return Math.min(Math.max(first ?? last ?? defaultSize, 1), maxSize);
}

/** Parses the arguments of a connection. Throws `invalid_request` that names the argument. */
export function parsePage({ first, after, last, before, order }: PageArguments): Page {
  checkSize('first', first);
  checkSize('last', last);
  if (first != null && last != null) {
    throw invalidFieldError(['last'], 'cannot stand beside first: send one of them');
  }
  checkCursor('after', after);
  checkCursor('before', before);
  const newest = order !== 'OLDEST_FIRST';
  if (last == null) {
    const forwards = { size: first ?? defaultSize, backwards: false, order: newest ? 'newest' : 'oldest' } as const;
    return { ...forwards, after: after ?? undefined, before: before ?? undefined };
  }
  const opposite = newest ? 'oldest' : 'newest';
  return { size: last, backwards: true, order: opposite, after: before ?? undefined, before: after ?? undefined };
}

function checkSize(name: string, size: number | null | undefined): void {
  if (size == null || (size >= 1 && size <= maxSize)) return;
  throw invalidFieldError([name], `must be 1 to ${maxSize}`);
}

function checkCursor(name: string, cursor: string | null | undefined): void {
  if (cursor == null || isJobId(cursor)) return;
  throw invalidFieldError([name], "must be a job's id");
}
