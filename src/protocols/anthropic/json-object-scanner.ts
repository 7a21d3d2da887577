/**
 * Tells, while the arguments of a tool's call arrive in pieces, whether they are a whole JSON object. After that, only
 * white space can follow without breaking them. Does not check what stands between the braces.
 */
export class JsonObjectScanner {
  #begun = false;
  #opened = false;
  #depth = 0;
  #inString = false;
  #escaped = false;

  get whole(): boolean {
    return this.#opened && this.#depth === 0;
  }

  /** Neither before the arguments nor behind them, where white space says nothing. */
  get inside(): boolean {
    return this.#begun && !this.whole;
  }

  push(json: string): void {
    for (const character of json) this.#read(character);
    this.#begun ||= json.trim() !== '';
  }

  #read(character: string): void {
    if (this.#escaped) {
      this.#escaped = false;
    } else if (this.#inString) {
      this.#escaped = character === '\\';
      this.#inString = character !== '"';
    } else if (character === '"') {
      this.#inString = true;
    } else if (character === '{' || character === '[') {
      this.#opened = true;
      this.#depth += 1;
    } else if (character === '}' || character === ']') {
      this.#depth -= 1;
    }
  }
}
