import { concatBytes } from '../lib/concat-bytes.ts';

/** A longer string is shortened: pictures are strings of megabytes. */
const maxStringBytes = 256;
/** The skeletons of replies are a few kilobytes. */
const maxSkeletonBytes = 256 * 1024;

const quote = 0x22;
const backslash = 0x5c;
const letterU = 0x75;

/**
 * Copies JSON as it passes, without the tails of its long strings: what is left is JSON of the same structure, if the whole was JSON.
 * So the counts of a reply of 60 MB are read without holding it.
 */
export class JsonSkeleton {
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;
  #isInString = false;
  /** Bytes of the current string. */
  #stringBytes = 0;
  /** Bytes that still belong to an escape sequence. */
  #escapeBytes = 0;
  #isDropping = false;

  /** Reads the next bytes. They are copied. */
  push(bytes: Uint8Array): void {
    let start = 0;
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#isDropping) {
        offset = this.#dropString(bytes, offset);
        start = offset;
      } else {
        const canDrop = this.#readByte(bytes[offset] ?? 0);
        if (canDrop) {
          this.#keep(bytes.subarray(start, offset));
          this.#isDropping = true;
        } else offset += 1;
      }
    }
    if (!this.#isDropping) this.#keep(bytes.subarray(start));
  }

  /** Returns the text; undefined where it is too long to be read. */
  text(): string | undefined {
    return this.#length > maxSkeletonBytes ? undefined : new TextDecoder().decode(concatBytes(this.#parts));
  }

  /** Reads a byte outside a dropped tail. Returns whether the tail of a string may be dropped from this byte on. */
  #readByte(byte: number): boolean {
    if (!this.#isInString) {
      this.#isInString = byte === quote;
      this.#stringBytes = 0;
      return false;
    }
    if (this.#escapeBytes > 0) {
      // `\u` has four digits behind it.
      const isUnicode = this.#escapeBytes === 5 && byte === letterU;
      this.#escapeBytes = isUnicode ? 4 : this.#escapeBytes === 5 ? 0 : this.#escapeBytes - 1;
    } else if (byte === quote) this.#isInString = false;
    // A character of several bytes is not cut.
    else if (this.#stringBytes >= maxStringBytes && byte < 0x80) return true;
    else if (byte === backslash) this.#escapeBytes = 5;
    this.#stringBytes += 1;
    return false;
  }

  /** Skips the tail of a string. Returns the offset of the quote that ends it, or the end of the bytes. */
  #dropString(bytes: Uint8Array, from: number): number {
    let offset = from;
    if (this.#escapeBytes > 0) {
      this.#escapeBytes = 0;
      offset += 1;
    }
    let end = bytes.indexOf(quote, offset);
    for (;;) {
      // Searched again only behind an escaped quote: a search for each escape takes time by the square of their number.
      if (end >= 0 && end < offset) end = bytes.indexOf(quote, offset);
      const limit = end < 0 ? bytes.length : end;
      const escapeAt = bytes.subarray(offset, limit).indexOf(backslash);
      if (escapeAt < 0) {
        if (end >= 0) this.#isDropping = false;
        return limit;
      }
      // The byte behind a backslash does not end the string.
      offset += escapeAt + 2;
      if (offset > bytes.length) {
        this.#escapeBytes = 1;
        return bytes.length;
      }
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#length <= maxSkeletonBytes) this.#parts.push(bytes.slice());
  }
}
