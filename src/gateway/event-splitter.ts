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
    for (let at = start; at < bytes.byteLength; at += 1) {
      const byte = bytes[at];
      const ends = (byte === lineFeed && !this.#lastWasReturn) || byte === carriageReturn;
      if (ends && this.#lineIsEmpty) {
        this.#mayBeWhole = byte === carriageReturn && at + 1 === bytes.byteLength;
        if (this.#mayBeWhole) break;
        // A line feed that belongs to this line break goes with it.
        if (byte === carriageReturn && bytes[at + 1] === lineFeed) at += 1;
        events.push(this.#close(bytes.subarray(start, at + 1)));
        start = at + 1;
      }
      if (ends) this.#lineIsEmpty = true;
      else if (byte !== lineFeed) this.#lineIsEmpty = false;
      this.#lastWasReturn = bytes[at] === carriageReturn;
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
