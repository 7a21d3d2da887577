/** A number of bytes that several users share. */
export class ByteBudget {
  #free: number;

  constructor(maxBytes: number) {
    this.#free = maxBytes;
  }

  /** Takes bytes, all or none. Returns whether there were so many. */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#free += bytes;
  }
}

const firstBytes = 4 * 1024;

/**
 * Gathers the bytes of one reply within a maximum, and within a budget that all replies under way share. What does not fit empties it
 * for good. The bytes are copied: a chunk may be a small part of a larger buffer.
 */
export class ReplyBuffer {
  readonly #budget: ByteBudget;
  readonly #maxBytes: number;
  #bytes: Uint8Array<ArrayBuffer> | undefined = new Uint8Array();
  #length = 0;

  constructor(budget: ByteBudget, maxBytes: number) {
    this.#budget = budget;
    this.#maxBytes = maxBytes;
  }

  append(chunk: Uint8Array): void {
    const bytes = this.#makeRoom(this.#length + chunk.byteLength);
    if (!bytes) {
      this.clear();
      return;
    }
    bytes.set(chunk, this.#length);
    this.#length += chunk.byteLength;
  }

  /** Returns a copy of all bytes; undefined where they did not fit. */
  copy(): Uint8Array<ArrayBuffer> | undefined {
    return this.#bytes?.slice(0, this.#length);
  }

  /** Gives its share of the budget back. Must be called in the end. */
  clear(): void {
    this.#budget.giveBack(this.#bytes?.byteLength ?? 0);
    this.#bytes = undefined;
  }

  /** Returns a buffer of at least so many bytes; undefined where there is none. */
  #makeRoom(length: number): Uint8Array<ArrayBuffer> | undefined {
    const current = this.#bytes;
    if (!current || length <= current.byteLength) return current;
    const capacity = Math.min(this.#maxBytes, Math.max(firstBytes, 2 * length));
    if (length > capacity || !this.#budget.take(capacity - current.byteLength)) return undefined;
    const larger = new Uint8Array(capacity);
    larger.set(current);
    this.#bytes = larger;
    return larger;
  }
}
