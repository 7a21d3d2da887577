import { concatBytes } from '../lib/concat-bytes.ts';

const lineFeed = 10;
const carriageReturn = 13;

/**
 * Splits the bytes of server-sent events into whole events, each with the empty line that ends it. No byte is added or lost. An
 * event that ends in a carriage return waits for the next byte, which may be the line feed that belongs to it. Bytes that are
 * kept between calls are copies.
 */
export class EventSplitter {
  /** The parts of an event that has not ended yet. */
  #pending: Uint8Array<ArrayBuffer>[] = [];
  /** Whether the current line is empty so far. */
  #lineIsEmpty = true;
  #lastWasReturn = false;
  /** Whether the pending event is whole, but for a line feed that may follow. */
  #mayBeWhole = false;

  /** Returns the events that these bytes complete. */
  push(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    const events: Uint8Array<ArrayBuffer>[] = [];
    let start = 0;
    if (this.#mayBeWhole && bytes.byteLength > 0) {
      if (bytes[0] === lineFeed) start = 1;
      events.push(this.#close(bytes.subarray(0, start)));
      this.#mayBeWhole = false;
      this.#lastWasReturn = false;
    }
    let lineStart = start;
    let feedAt = findByte(bytes, lineFeed, start);
    let returnAt = findByte(bytes, carriageReturn, start);
    for (let at = Math.min(feedAt, returnAt); at < bytes.byteLength; at = Math.min(feedAt, returnAt)) {
      const isEmpty = this.#lineIsEmpty && at === lineStart;
      const isSecondHalf = at === feedAt && isEmpty && this.#lastWasReturn;
      if (isEmpty && !isSecondHalf) {
        this.#mayBeWhole = at === returnAt && at + 1 === bytes.byteLength;
        if (this.#mayBeWhole) break;
        // A line feed that belongs to this line break goes with it.
        if (at === returnAt && bytes[at + 1] === lineFeed) at += 1;
        events.push(this.#close(bytes.subarray(start, at + 1)));
        start = at + 1;
      }
      this.#lineIsEmpty = true;
      this.#lastWasReturn = bytes[at] === carriageReturn;
      lineStart = at + 1;
      if (feedAt < lineStart) feedAt = findByte(bytes, lineFeed, lineStart);
      if (returnAt < lineStart) returnAt = findByte(bytes, carriageReturn, lineStart);
    }
    if (lineStart < bytes.byteLength && !this.#mayBeWhole) {
      this.#lineIsEmpty = false;
      this.#lastWasReturn = false;
    }
    if (start < bytes.byteLength) this.#pending.push(bytes.slice(start));
    return events;
  }

  /** Returns the bytes of an event that has not ended. */
  end(): Uint8Array<ArrayBuffer> {
    return this.#close(new Uint8Array());
  }

  #close(last: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.#pending.length === 0) return last;
    const parts = [...this.#pending, last];
    this.#pending = [];
    return concatBytes(parts);
  }
}

/** Returns where the byte is, or the end. The search is the runtime's own: a loop over the bytes costs a tenth of a stream's JavaScript. */
function findByte(bytes: Uint8Array, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? bytes.byteLength : at;
}
