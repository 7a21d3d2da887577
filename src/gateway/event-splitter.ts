import { concatBytes } from '../lib/concat-bytes.ts';

const lineFeed = 10;
const carriageReturn = 13;

/**
 * Cuts the bytes of server-sent events into whole events, each with the empty line that ends it. Nothing is added or lost:
 * put together again they are the bytes that came. An event that ends in a carriage return is given with the
 * byte behind that, which may belong to it. Of those it keeps copies only.
 */
export class EventSplitter {
  /** The parts of an event that has not ended yet. */
  #open: Uint8Array<ArrayBuffer>[] = [];
  /** Whether the line that is being read has nothing in it so far. */
  #lineIsEmpty = true;
  #lastWasReturn = false;
  /** Whether what is open is a whole event, but for a line feed that may be the end of it. */
  #mayBeWhole = false;

  /** Gives the events that these bytes complete. */
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
    if (start < bytes.byteLength) this.#open.push(bytes.slice(start));
    return events;
  }

  /** Gives what has not ended. */
  end(): Uint8Array<ArrayBuffer> {
    return this.#close(new Uint8Array());
  }

  #close(last: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.#open.length === 0) return last;
    const parts = [...this.#open, last];
    this.#open = [];
    return concatBytes(parts);
  }
}
