import type { RequestSummaryFragment } from './requests.generated.ts';

type Requests = readonly RequestSummaryFragment[];

/** What a live tail shows. */
export interface LiveRows {
  /** The one that arrived last comes first; at most `maxLiveRows`. */
  readonly rows: Requests;
  /** How many more requests came than were shown, at least. */
  readonly skipped: number;
  /** Whether more requests may be missing, of a time in which the tail was not running. */
  readonly hasGap: boolean;
}

/** Requests that arrived, in their order. */
interface Arrival {
  readonly requests: Requests;
  /** How many more there were. */
  readonly skipped: number;
}

export const maxLiveRows = 50;
export const noLiveRows: LiveRows = { rows: [], skipped: 0, hasGap: false };

/** Puts requests before those that are shown, the last one first. Those that are shown stay as they are: a request is logged once. */
export function addArrival(live: LiveRows, { requests, skipped }: Arrival): LiveRows {
  const shown = new Set(live.rows.map(({ id }) => id));
  const added = requests.filter(({ id }) => !shown.has(id)).toReversed();
  if (added.length === 0 && skipped === 0) return live;
  return { ...live, rows: [...added, ...live.rows].slice(0, maxLiveRows), skipped: live.skipped + skipped };
}

/** Adds the newest page of the log, the newest request first. If it has none of those that are shown, there may be more in between. */
export function addNewestPage(live: LiveRows, page: Requests, hasNextPage: boolean): LiveRows {
  const shown = new Set(live.rows.map(({ id }) => id));
  const isGap = live.rows.length > 0 && hasNextPage && !page.some(({ id }) => shown.has(id));
  const added = addArrival(live, { requests: page.toReversed(), skipped: 0 });
  return isGap ? { ...added, hasGap: true } : added;
}

/** Requests that have arrived and are not shown yet. A burst is shown in parts, so that no part keeps the browser busy for long. */
export class LiveQueue {
  readonly #waiting: RequestSummaryFragment[] = [];
  #skipped = 0;

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#skipped === 0;
  }

  /** Adds requests. Of more than fit on the page, the first ones are only counted. */
  push({ requests, skipped }: Arrival): void {
    this.#waiting.push(...requests);
    const excess = Math.max(0, this.#waiting.length - maxLiveRows);
    this.#waiting.splice(0, excess);
    this.#skipped += skipped + excess;
  }

  /** Removes the first requests, at most `maxCount`. */
  take(maxCount: number): Arrival {
    const arrival = { requests: this.#waiting.splice(0, maxCount), skipped: this.#skipped };
    this.#skipped = 0;
    return arrival;
  }
}
