/** What one read takes at most: at first little, as most streams bring, and more where it is not enough. In bytes. */
const firstReadSize = 4 * 1024;
const maxReadBytes = 64 * 1024;

interface Answer {
  readonly done: boolean;
  readonly value?: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Reads a stream's bytes into the same memory again and again, so that a long stream leaves no garbage. In two steps, for a
 * promise more would cost each chunk.
 */
export class ByteReader {
  readonly #reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  #size = firstReadSize;
  #buffer: ArrayBuffer | undefined;
  #full = false;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = openReader(stream);
  }

  /** Whether the last read brought as much as any read can: there may be more already. */
  get full(): boolean {
    return this.#full;
  }

  /** Asks for the next bytes, which `take` then gives. Rejects as the stream does. */
  ask(): Promise<Answer> {
    const reader = this.#reader;
    return reader instanceof ReadableStreamBYOBReader ? reader.read(this.#memory()) : reader.read();
  }

  /**
   * The bytes that were asked for, which are the caller's until it asks for more, which may take their place in memory;
   * undefined at the end. What JavaScript has made may bring none.
   */
  take({ done, value }: Answer): Uint8Array<ArrayBuffer> | undefined {
    if (done || !value) return undefined;
    this.#full = value.byteLength >= maxReadBytes;
    if (value.byteLength < this.#size) this.#buffer = value.buffer;
    else this.#size = maxReadBytes;
    return value;
  }

  /** Never rejects. */
  async cancel(reason?: unknown): Promise<void> {
    await this.#reader.cancel(reason).catch(() => undefined);
  }

  /** A read that fails does not give its memory back. */
  #memory(): Uint8Array<ArrayBuffer> {
    const buffer = this.#buffer ?? new ArrayBuffer(this.#size);
    this.#buffer = undefined;
    return new Uint8Array(buffer);
  }
}

/** A body that JavaScript has made, not the runtime, brings its own memory. */
function openReader(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  try {
    return stream.getReader({ mode: 'byob' });
  } catch {
    return stream.getReader();
  }
}
