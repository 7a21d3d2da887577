import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';

/** One event with text that a running job has produced. */
export interface Chunk {
  /** Its place among the job's events. */
  readonly number: number;
  readonly content: string;
}

interface ChunkWriterOptions {
  /** The number of the job's newest event: the first chunk has the next one. */
  readonly eventCount: number;
  /** Writes a chunk, safe to repeat. False where the job is no longer this worker's: then nothing is written any more. */
  readonly write: (chunk: Chunk) => Promise<boolean>;
}

/** At most four events a second tell what a job produces, and a job that is done within this time has none but the last. */
const gatherMs = 250;

/**
 * Tells the text of a running job while it is produced. Nothing is told twice or left out: a chunk whose writing failed, or
 * may have failed, is written again under its own number before the next one.
 */
export class ChunkWriter {
  readonly #write: ChunkWriterOptions['write'];
  #number: number;
  #gathered = '';
  #uncertain: Chunk | undefined;
  #writing: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  #ended = false;

  constructor({ eventCount, write }: ChunkWriterOptions) {
    this.#number = eventCount + 1;
    this.#write = write;
  }

  add(text: string): void {
    this.#gathered += text;
    this.#arm();
  }

  /** Ends the telling. Gives the text that is left to tell; rejects where the last chunk's fate cannot be learned. */
  async end(): Promise<string> {
    this.#ended = true;
    this.#stopTimer?.();
    await this.#writing;
    await this.#writeUncertain();
    return this.#gathered;
  }

  #arm(): void {
    if (this.#ended || this.#stopTimer !== undefined || this.#writing !== undefined) return;
    this.#stopTimer = setCancellableTimeout(gatherMs, () => {
      this.#stopTimer = undefined;
      this.#writing = this.#tell().finally(() => {
        this.#writing = undefined;
        if (this.#gathered !== '' || this.#uncertain !== undefined) this.#arm();
      });
    });
  }

  async #tell(): Promise<void> {
    if (this.#uncertain === undefined) {
      this.#uncertain = { number: this.#number, content: this.#gathered };
      this.#gathered = '';
    }
    await this.#writeUncertain().catch(() => undefined);
  }

  async #writeUncertain(): Promise<void> {
    if (this.#uncertain === undefined) return;
    if (!(await this.#write(this.#uncertain))) this.#ended = true;
    this.#uncertain = undefined;
    this.#number += 1;
  }
}
