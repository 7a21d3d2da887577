/** What one read takes at most: at first little, as most streams bring, and more where it is not enough. In bytes. */
const firstReadSize = 4 * 1024;
const longestReadSize = 64 * 1024;

/** Reads a stream's bytes into the same memory again and again, so that a long stream leaves no garbage. */
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

  /**
   * The next bytes, at least one, which are the caller's until it asks for more, which may take their place in memory;
   * undefined at the end. Rejects as the stream does.
   */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const reader = this.#reader;
    for (;;) {
      const { done, value } =
        reader instanceof ReadableStreamBYOBReader ? await reader.read(this.#memory()) : await reader.read();
      if (done || !value) return undefined;
      this.#keep(value);
      if (value.byteLength > 0) return value;
    }
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

  #keep({ buffer, byteLength }: Uint8Array<ArrayBuffer>): void {
    this.#full = byteLength >= longestReadSize;
    if (byteLength < this.#size) this.#buffer = buffer;
    else this.#size = longestReadSize;
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
