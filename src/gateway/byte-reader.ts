/** The buffer of a read in bytes: small at first, since most streams bring little, and large once it was filled. */
const firstReadBytes = 4 * 1024;
const maxReadBytes = 64 * 1024;

/** What a read brings. */
export interface ReadResult {
  readonly done: boolean;
  readonly value?: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Reads a stream into the same memory again and again, so that a long stream leaves no garbage. A read takes two calls, since one
 * more promise per chunk is measurable (docs/decisions/2026-11-25-hot-path.md).
 */
export class ByteReader {
  readonly #reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  #size = firstReadBytes;
  #buffer: ArrayBuffer | undefined;
  #full = false;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = openReader(stream);
  }

  /** Whether the last read filled the largest buffer: more bytes may be waiting. */
  get full(): boolean {
    return this.#full;
  }

  /** Starts a read whose bytes `take` then returns. Rejects as the stream does. */
  read(): Promise<ReadResult> {
    const reader = this.#reader;
    return reader instanceof ReadableStreamBYOBReader ? reader.read(this.#memory()) : reader.read();
  }

  /**
   * Returns the bytes of a read; undefined at the end. Their memory is reused by the next read. A stream that was made in
   * JavaScript may bring no bytes.
   */
  take({ done, value }: ReadResult): Uint8Array<ArrayBuffer> | undefined {
    if (done || !value) return undefined;
    this.#full = value.byteLength >= maxReadBytes;
    if (value.byteLength < this.#size) this.#buffer = value.buffer;
    else this.#size = maxReadBytes;
    return value;
  }

  /** Lets go of the stream, which can then be read otherwise. No read may be open. */
  release(): void {
    this.#reader.releaseLock();
  }

  /** Never rejects. */
  async cancel(reason?: unknown): Promise<void> {
    await this.#reader.cancel(reason).catch(() => undefined);
  }

  /** A failed read does not return its buffer. */
  #memory(): Uint8Array<ArrayBuffer> {
    const buffer = this.#buffer ?? new ArrayBuffer(this.#size);
    this.#buffer = undefined;
    return new Uint8Array(buffer);
  }
}

/** A stream that was made in JavaScript cannot be read into a given buffer. */
function openReader(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  try {
    return stream.getReader({ mode: 'byob' });
  } catch {
    return stream.getReader();
  }
}
