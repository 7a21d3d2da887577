/** The first place at which a text stops being JSON. */
export interface JsonError {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  /** The problem and the fix: `use double quotes`. */
  readonly problem: string;
}

const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
const space = /[ \t\r\n]*/y;
/** All but quotes, backslashes and control characters. */
const plainText = /[ !#-[\]-\uffff]*/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Finds where a text stops being JSON. `JSON.parse` says that for some texts only. Returns undefined for valid JSON. */
export function findJsonError(text: string): JsonError | undefined {
  const checker = new JsonChecker(text);
  const problem = checker.check();
  if (problem === undefined) return undefined;
  const before = text.slice(0, checker.offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, problem };
}

class JsonChecker {
  readonly #text: string;
  /** The closing brackets of what is open, the innermost last. Not recursive: a body can be nested without end. */
  readonly #open: ('}' | ']')[] = [];
  offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the problem at `offset`. */
  check(): string | undefined {
    for (;;) {
      const problem = this.#readValue() ?? this.#readEnds();
      if (problem !== undefined) return problem;
      if (this.#open.length > 0) continue;
      return this.offset < this.#text.length ? 'expected the end of the text' : undefined;
    }
  }

  /** Reads a value, or the beginning of an object or array up to its first value. */
  #readValue(): string | undefined {
    for (;;) {
      this.#skip(space);
      const character = this.#text[this.offset];
      if (character === '{' || character === '[') {
        this.offset += 1;
        const close = character === '{' ? '}' : ']';
        this.#open.push(close);
        this.#skip(space);
        if (this.#text[this.offset] === close) return undefined;
        const problem = close === '}' ? this.#readName() : undefined;
        if (problem !== undefined) return problem;
        continue;
      }
      if (character === '"') return this.#readString();
      return this.#skip(scalar) ? undefined : this.#describeValue(character);
    }
  }

  /** Reads the ends of objects and arrays after a value, up to the next value. */
  #readEnds(): string | undefined {
    for (;;) {
      this.#skip(space);
      const close = this.#open.at(-1);
      if (close === undefined) return undefined;
      const character = this.#text[this.offset];
      if (character === close) {
        this.offset += 1;
        this.#open.pop();
        continue;
      }
      if (character !== ',') return `expected "," or "${close}"${this.#endHint(character)}`;
      const comma = this.offset;
      this.offset += 1;
      this.#skip(space);
      if (this.#text[this.offset] === close) {
        this.offset = comma;
        return `remove the comma before "${close}"`;
      }
      return close === '}' ? this.#readName() : undefined;
    }
  }

  #readName(): string | undefined {
    const character = this.#text[this.offset];
    if (character !== '"') {
      if (character === "'") return 'use double quotes';
      return `expected a property name in double quotes${this.#endHint(character)}`;
    }
    const problem = this.#readString();
    if (problem !== undefined) return problem;
    this.#skip(space);
    if (this.#text[this.offset] !== ':') return `expected ":"${this.#endHint(this.#text[this.offset])}`;
    this.offset += 1;
    return undefined;
  }

  #readString(): string | undefined {
    this.offset += 1;
    do this.#skip(plainText);
    while (this.#skip(escapeSequence));
    const character = this.#text[this.offset];
    if (character === '"') {
      this.offset += 1;
      return undefined;
    }
    if (character === '\\') return 'this escape does not exist: write a backslash as \\\\';
    if (character === undefined) return 'the text ends inside a string';
    return 'a line break or control character in a string must be escaped, such as \\n';
  }

  #describeValue(character: string | undefined): string {
    if (character === "'") return 'use double quotes';
    if (character === undefined) return 'the text ends where a value is expected';
    return 'expected a value: an object, an array, a string in double quotes, a number, true, false or null';
  }

  #endHint(character: string | undefined): string {
    return character === undefined ? ', but the text ends' : '';
  }

  /** Moves over what a sticky pattern matches. Returns whether it does. */
  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.offset;
    if (!pattern.test(this.#text)) return false;
    this.offset = pattern.lastIndex;
    return true;
  }
}
