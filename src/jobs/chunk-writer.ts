import type { JobOutput } from '../db/queries/job-leases.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';

/** An event with output that a running job has produced. */
export interface Chunk extends JobOutput {
  /** Its number among the job's events. */
  readonly number: number;
}

interface ChunkWriterOptions {
  /** The number of the job's newest event: the first chunk has the next one. */
  readonly eventCount: number;
  /** Writes a chunk, safe to repeat. Returns false if the lease is lost: then the writer stops. */
  readonly write: (chunk: Chunk) => Promise<boolean>;
}

/**
 * At most four events a second, which docs/guides/jobs.md promises: each event is a statement and a subrequest. A job that ends within
 * this time has no chunk but the last, which `endAttempt` writes with the job's end.
 */
const writeIntervalMs = 250;

/**
 * Writes the output of a running job as events while it is produced, without gaps or duplicates: a chunk whose write failed, or
 * may have failed, is written again under its number before the next one. A failed write is not reported: `end` reports it if it
 * still fails then. One write is in progress at a time.
 */
export class ChunkWriter {
  readonly #write: ChunkWriterOptions['write'];
  /** The number of the next chunk, or of the unconfirmed one. */
  #number: number;
  /** The text and the events that no chunk has yet. */
  #content = '';
  #events = '';
  /** The chunk that may be written already. Its output and number stay as they are until a write succeeds. */
  #unconfirmed: Chunk | undefined;
  /** The write in progress. */
  #writing: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  /** True from `end` on, or once the lease is lost: no write is scheduled any more. */
  #ended = false;

  constructor({ eventCount, write }: ChunkWriterOptions) {
    this.#number = eventCount + 1;
    this.#write = write;
  }

  /** Adds output. It is written together with what follows within `writeIntervalMs`, or during the write in progress. */
  add({ content, events = '' }: JobOutput): void {
    this.#content += content;
    this.#events += events;
    this.#schedule();
  }

  /**
   * Ends the writer. Returns the output that no event contains yet, which the end of the attempt has to contain. Rejects if it stays
   * unknown whether the last chunk was written; it can be called again then.
   */
  async end(): Promise<JobOutput> {
    this.#ended = true;
    this.#stopTimer?.();
    await this.#writing;
    await this.#writeUnconfirmed();
    return { content: this.#content, events: this.#events };
  }

  #schedule(): void {
    if (this.#ended || this.#stopTimer !== undefined || this.#writing !== undefined) return;
    this.#stopTimer = setCancellableTimeout(writeIntervalMs, () => {
      this.#stopTimer = undefined;
      this.#writing = this.#flush().finally(() => {
        this.#writing = undefined;
        if (this.#content !== '' || this.#events !== '' || this.#unconfirmed !== undefined) this.#schedule();
      });
    });
  }

  async #flush(): Promise<void> {
    if (this.#unconfirmed === undefined) {
      this.#unconfirmed = { number: this.#number, content: this.#content, events: this.#events };
      this.#content = '';
      this.#events = '';
    }
    await this.#writeUnconfirmed().catch(() => undefined);
  }

  async #writeUnconfirmed(): Promise<void> {
    if (this.#unconfirmed === undefined) return;
    if (!(await this.#write(this.#unconfirmed))) this.#ended = true;
    this.#unconfirmed = undefined;
    this.#number += 1;
  }
}
