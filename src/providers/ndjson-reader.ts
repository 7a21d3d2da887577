/**
 * Reads newline-delimited JSON from bytes that may be cut anywhere. Blank lines are left out. Bytes are searched once: the parts
 * of a line are joined when it ends, so that a long line costs time in proportion to its length.
 */
export class NdjsonReader {
  readonly #decoder = new TextDecoder();
  /** The parts of the line that has not ended yet. */
  #pending: string[] = [];

  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): string[] {
    const [first = '', ...others] = this.#decoder.decode(bytes, { stream: true }).split('\n');
    this.#pending.push(first);
    const last = others.pop();
    if (last === undefined) return [];
    const lines = [this.#pending.join(''), ...others];
    this.#pending = [last];
    return lines.filter(isFilled);
  }

  /** The last line, where it had no line break. */
  end(): string[] {
    const last = this.#pending.join('') + this.#decoder.decode();
    this.#pending = [];
    return [last].filter(isFilled);
  }
}

function isFilled(line: string): boolean {
  return line.trim() !== '';
}
