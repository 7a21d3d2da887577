/** Reads newline-delimited JSON from bytes that may be cut anywhere. Blank lines are left out. */
export class NdjsonReader {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter(isFilled);
  }

  /** The last line, where it had no line break. */
  end(): string[] {
    const last = this.#rest + this.#decoder.decode();
    this.#rest = '';
    return [last].filter(isFilled);
  }
}

function isFilled(line: string): boolean {
  return line.trim() !== '';
}
