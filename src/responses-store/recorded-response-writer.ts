import type { RecordedResponse } from '../db/queries/responses.ts';
import { pollUntil } from '../lib/poll-until.ts';

interface Entry {
  readonly row: RecordedResponse;
  outcome?: 'written' | 'failed';
}

interface WriterOptions {
  /** Inserts rows in one statement. May be called twice for one row. */
  readonly insert: (rows: readonly RecordedResponse[]) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** A statement that lasts longer may belong to a request that has ended: others no longer wait for it. */
  readonly maxWaitMs?: number;
}

/**
 * Inserts the ids of responses of many requests. Those that come while a statement is under way share the next one: a statement costs
 * half as much CPU as the rest of a request that is passed through.
 */
export class RecordedResponseWriter {
  readonly #insert: WriterOptions['insert'];
  readonly #now: () => number;
  readonly #maxWaitMs: number;
  #waiting: Entry[] = [];
  /** The group whose statement is under way. */
  #current: { readonly startedAtMs: number } | undefined;

  constructor({ insert, now = Date.now, maxWaitMs = 2_000 }: WriterOptions) {
    this.#insert = insert;
    this.#now = now;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Resolves when the row is inserted. Rejects as its statement does. */
  async write(row: RecordedResponse): Promise<void> {
    const entry: Entry = { row };
    this.#waiting.push(entry);
    if (this.#isWriting) await pollUntil(() => entry.outcome !== undefined || !this.#isWriting, this.#maxWaitMs);
    if (entry.outcome === undefined) await this.#writeAll(entry);
    // Another row of the group may be what Postgres does not take.
    if (entry.outcome === 'failed') await this.#insert([row]);
  }

  get #isWriting(): boolean {
    return this.#current !== undefined && this.#now() - this.#current.startedAtMs < this.#maxWaitMs;
  }

  /** Writes an entry with all that wait. Rejects only where there are no others. */
  async #writeAll(own: Entry): Promise<void> {
    const group = [own, ...this.#waiting.filter((entry) => entry !== own)];
    const current = { startedAtMs: this.#now() };
    this.#waiting = [];
    this.#current = current;
    try {
      await this.#insert(group.map(({ row }) => row));
      for (const entry of group) entry.outcome = 'written';
    } catch (error) {
      if (group.length === 1) throw error;
      for (const entry of group) entry.outcome = 'failed';
    } finally {
      if (this.#current === current) this.#current = undefined;
    }
  }
}
