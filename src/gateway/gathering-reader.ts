import { ByteReader, type ReadResult } from './byte-reader.ts';
import { NativeDrain } from './native-drain.ts';

/** How long chunks gather: shorter than a frame that a reader of text would notice. */
const pauseMs = 20;
/** Chunks that are closer together than this gather, after so many of them. */
const maxGapMs = 10;
const minCloseReads = 4;
/** A longer read is no stream of small chunks: the next one begins at once. */
const maxChunkBytes = 4 * 1024;

/**
 * Reads a stream of events. Where small chunks follow each other within 10 ms, they gather for 20 ms and are read at once, since what
 * a chunk costs is the waking of JavaScript. Others are read as they come. Measured in docs/decisions/2026-11-25-hot-path.md.
 */
export class GatheringReader {
  readonly #body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #now: () => number;
  #reader: ByteReader;
  #drain: NativeDrain | undefined;
  #isGathering = false;
  #closeReads = 0;
  #readBytes = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #endPause: (() => void) | undefined;

  /** The body of a response that the runtime has fetched, of which nothing was read. */
  constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>, now: () => number) {
    this.#body = body;
    this.#now = now;
    this.#reader = new ByteReader(body);
  }

  /** Starts a read whose bytes `take` then returns. Rejects as the stream does. */
  read(): Promise<ReadResult> {
    return this.#isGathering ? this.#readGathered() : this.#reader.read();
  }

  /** Returns the bytes of a read; undefined at the end. Their memory is reused by the next read. */
  take(result: ReadResult): Uint8Array<ArrayBuffer> | undefined {
    const bytes = this.#reader.take(result);
    if (bytes) this.#adapt(bytes.byteLength);
    return bytes;
  }

  /** Never rejects. */
  async cancel(reason?: unknown): Promise<void> {
    this.#endPause?.();
    await Promise.all([this.#reader.cancel(reason), this.#drain?.cancel(reason)]);
  }

  async #readGathered(): Promise<ReadResult> {
    if (!this.#drain?.hasEnded) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#endPause = resolve;
      const timer = setTimeout(resolve, pauseMs);
      await promise;
      clearTimeout(timer);
      this.#endPause = undefined;
    }
    return await this.#reader.read();
  }

  /** Chooses how the next chunk is read, by the size and the distance of the last ones. */
  #adapt(byteLength: number): void {
    const nowMs = this.#now();
    const gapMs = nowMs - this.#readAtMs;
    this.#readAtMs = nowMs;
    this.#readBytes += byteLength;
    // A read after a pause is late by the pause.
    const isClose = byteLength <= maxChunkBytes && gapMs < (this.#isGathering ? pauseMs : 0) + maxGapMs;
    this.#closeReads = isClose ? this.#closeReads + 1 : 0;
    this.#isGathering = this.#closeReads >= minCloseReads;
    if (this.#isGathering) this.#drain ??= this.#startDrain();
    if (this.#drain) this.#drain.advance(this.#readBytes);
  }

  #startDrain(): NativeDrain {
    this.#reader.release();
    const [own, other] = this.#body.tee();
    this.#reader = new ByteReader(own);
    this.#readBytes = 0;
    return new NativeDrain(other, () => this.#endPause?.());
  }
}
