import type { Database } from '../db/client.ts';
import { findRequestsById, listNewRequests } from '../db/queries/new-requests.ts';
import type { LoggedRequestRow } from '../db/queries/requests.ts';
import type { RequestFilter } from '../domain/request-filter.ts';

const pauseMs = 750;
/** After this the client has to reconnect: the number of statements of an invocation is limited. */
const maxMs = 600_000;
/** A row has the time at which its statement began and is visible when the statement ends: statements may take this long. */
const overlapMs = 5_000;
/** The maximum of requests of a batch. */
const maxBatchSize = 200;

/** Requests that were written since the batch before. */
export interface RequestBatch {
  /** In the order in which they started. */
  readonly rows: readonly LoggedRequestRow[];
  /** How many more there were, at least. */
  readonly skipped: number;
}

/**
 * Yields requests as their rows are written, about a second after they have ended. Of more than 200 at once it yields the newest and
 * counts the others. Ends when the signal is aborted, and after ten minutes.
 */
export async function* watchRequests(
  database: Database,
  filter: RequestFilter,
  signal: AbortSignal,
): AsyncGenerator<RequestBatch, void, undefined> {
  const startedAtMs = Date.now();
  /** When each request was delivered, by the clock of Postgres. */
  const delivered = new Map<string, number>();
  let { nowMs } = await listNewRequests(database, filter, { afterMs: undefined, except: [] });
  /** Rows that are older are of no interest. */
  let floorMs = nowMs;
  while (!signal.aborted && Date.now() - startedAtMs < maxMs) {
    await scheduler.wait(pauseMs);
    if (signal.aborted) return;
    const afterMs = Math.max(floorMs, nowMs - overlapMs);
    for (const [id, atMs] of delivered) if (atMs < afterMs) delivered.delete(id);
    const found = await listNewRequests(database, filter, { afterMs, except: [...delivered.keys()] });
    nowMs = found.nowMs;
    const ids = found.ids.slice(0, maxBatchSize);
    if (ids.length === 0) continue;
    const skipped = found.ids.length - ids.length;
    // Those that were skipped are not read again.
    if (skipped > 0) floorMs = nowMs;
    for (const id of ids) delivered.set(id, nowMs);
    yield { rows: (await findRequestsById(database, ids)).toReversed(), skipped };
  }
}
