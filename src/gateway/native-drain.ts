/** The drain is at most this far ahead of the reader of the other branch. */
const maxAheadBytes = 16 * 1024;

/**
 * Drains one branch of a tee without waking JavaScript for each chunk, so that chunks gather in the other branch. `readAtLeast` on the
 * branch itself would hold back the chunks of both. An identity stream between them takes each chunk as it comes.
 */
export class NativeDrain {
  readonly #reader: ReadableStreamBYOBReader;
  readonly #onEnd: () => void;
  #buffer = new ArrayBuffer(maxAheadBytes);
  #readBytes = 0;
  #drainedBytes = 0;
  #isDraining = false;
  #hasEnded = false;

  /** `onEnd` is called when the stream has ended or broken. */
  constructor(branch: ReadableStream<Uint8Array<ArrayBuffer>>, onEnd: () => void) {
    const { readable, writable } = new IdentityTransformStream();
    this.#reader = readable.getReader({ mode: 'byob' });
    this.#onEnd = onEnd;
    // Whether the stream breaks is seen by the reader of the other branch.
    void branch.pipeTo(writable).catch(() => this.#end());
  }

  /** Whether nothing more arrives. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Drains on, but leaves no more than 16 KiB unread in the other branch, of which so many bytes were read. */
  advance(readBytes: number): void {
    this.#readBytes = readBytes;
    if (!this.#isDraining && !this.#hasEnded) void this.#drain();
  }

  /** Never rejects. */
  async cancel(reason?: unknown): Promise<void> {
    await this.#reader.cancel(reason).catch(() => undefined);
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      while (this.#readBytes >= this.#drainedBytes) {
        const { value } = await this.#reader.readAtLeast(maxAheadBytes, new Uint8Array(this.#buffer));
        if (value?.byteLength !== maxAheadBytes) return this.#end();
        this.#buffer = value.buffer;
        this.#drainedBytes += maxAheadBytes;
      }
      this.#isDraining = false;
    } catch {
      // The reader of the other branch gets the same error.
      this.#end();
    }
  }

  #end(): void {
    this.#hasEnded = true;
    this.#onEnd();
  }
}
