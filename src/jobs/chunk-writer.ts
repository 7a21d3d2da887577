import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';

/** An event with text that a running job has produced. */
export interface Chunk {
  /** Its number among the job's events. */
  readonly number: number;
  readonly content: string;
}

interface ChunkWriterOptions {
  /** The number of the job's newest event: the first chunk has the next one. */
  readonly eventCount: number;
  /** Writes a chunk, safe to repeat. Returns false if the lease is lost: then the writer stops. */
  readonly write: (chunk: Chunk) => Promise<boolean>;
}

/** At most four events a second. A job that ends within this time has no chunk but the last, which its end contains. */
const writeIntervalMs = 250;

/**
 * Writes the text of a running job as events while it is produced, without gaps or duplicates: a chunk whose write failed, or
 * may have failed, is written again under its number before the next one.
 */
export class ChunkWriter {
  readonly #write: ChunkWriterOptions['write'];
  #number: number;
  #buffer = '';
  #unconfirmed: Chunk | undefined;
  #writing: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  #ended = false;

  constructor({ eventCount, write }: ChunkWriterOptions) {
    this.#number = eventCount + 1;
    this.#write = write;
  }

  add(text: string): void {
    this.#buffer += text;
    this.#schedule();
  }

  /** Ends the writer. Returns the text that no event contains yet; rejects if it stays unknown whether the last chunk was written. */
  async end(): Promise<string> {
    this.#ended = true;
    this.#stopTimer?.();
    await this.#writing;
    await this.#writeUnconfirmed();
    return this.#buffer;
  }

  #schedule(): void {
    if (this.#ended || this.#stopTimer !== undefined || this.#writing !== undefined) return;
    this.#stopTimer = setCancellableTimeout(writeIntervalMs, () => {
      this.#stopTimer = undefined;
      this.#writing = this.#flush().finally(() => {
        this.#writing = undefined;
        if (this.#buffer !== '' || this.#unconfirmed !== undefined) this.#schedule();
      });
    });
  }

  async #flush(): Promise<void> {
    if (this.#unconfirmed === undefined) {
      this.#unconfirmed = { number: this.#number, content: this.#buffer };
      this.#buffer = '';
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
