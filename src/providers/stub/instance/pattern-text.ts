/** A piece of a pattern: writes a text that matches it, with `extra` repetitions beyond the fewest. */
type Piece = (extra: number, variant: number) => string;

class UnsupportedPattern extends Error {}

const maxPatternLength = 1000;
const maxTextLength = 1000;
const maxGroupDepth = 30;

/** What stands for a class of characters, the plainest first. */
const characters = [
  ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@/:',
  ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)),
  ...'\n\t\r\0éяß中あ한😀',
];

/**
 * A text of at least `least` characters that matches a regular expression. Undefined for one that cannot be read here
 * (with an assertion that looks around, a reference back, or a mistake), or that wants more than 1,000 characters. The pattern itself is never run, for a client can
 * write one that takes for ever; only its single characters and classes are.
 */
export function patternText(pattern: string, minLength: number, variant: number): string | undefined {
  if (minLength > maxTextLength) return undefined;
  try {
    const write = new PatternReader(pattern).read();
    let text = write(0, variant);
    for (let extra = 1; text.length < minLength; extra++) {
      const longer = write(extra, variant);
      if (longer.length === text.length) return pattern.includes('$') ? undefined : text.padEnd(minLength, 'x');
      text = longer;
    }
    return text;
  } catch (error) {
    if (error instanceof UnsupportedPattern || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class PatternReader {
  readonly #pattern: string;
  #position = 0;
  #depth = 0;

  constructor(pattern: string) {
    if (pattern.length > maxPatternLength) throw new UnsupportedPattern();
    this.#pattern = pattern;
  }

  read(): Piece {
    const piece = this.#alternatives();
    if (this.#position < this.#pattern.length) throw new UnsupportedPattern();
    return piece;
  }

  /** `a|b`: the shorter one. */
  #alternatives(): Piece {
    const all = [this.#sequence()];
    while (this.#take(/\|/y)) all.push(this.#sequence());
    return (extra, variant) =>
      all.map((piece) => piece(extra, variant)).reduce((best, text) => (text.length < best.length ? text : best));
  }

  #sequence(): Piece {
    const pieces: Piece[] = [];
    while (this.#position < this.#pattern.length && !/[|)]/.test(this.#pattern[this.#position] ?? '')) {
      pieces.push(this.#quantified());
    }
    return (extra, variant) => bounded(pieces.map((piece) => piece(extra, variant)).join(''));
  }

  #quantified(): Piece {
    const piece = this.#atom();
    const quantifier = this.#take(/(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y);
    if (!quantifier) return piece;
    const [sign, from, isRange, to] = quantifier;
    const fewest = from === undefined ? (sign.startsWith('+') ? 1 : 0) : Number(from);
    const maxRepeats = countMaxRepeats(sign, fewest, isRange !== undefined, to);
    return (extra, variant) => {
      const text = piece(extra, variant);
      const times = Math.min(maxRepeats, fewest + extra);
      if (text.length * times > maxTextLength) throw new UnsupportedPattern();
      return text.repeat(times);
    };
  }

  #atom(): Piece {
    if (this.#take(/\^|\$|\\b/y)) return () => '';
    if (this.#take(/\((?:\?:|\?<[A-Za-z_]\w*>|(?!\?))/y)) {
      if (++this.#depth > maxGroupDepth) throw new UnsupportedPattern();
      const inner = this.#alternatives();
      this.#depth--;
      if (!this.#take(/\)/y)) throw new UnsupportedPattern();
      return inner;
    }
    const isClass = this.#take(
      /\.|\[(?:\\.|[^\]\\])*\]|\\[pP]\{[\w=]+\}|\\u\{[\da-fA-F]+\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\[^1-9kB]/y,
    );
    if (isClass) return oneOf(isClass[0]);
    const literal = this.#take(/[^\\()[\]*+?|]/uy);
    if (!literal) throw new UnsupportedPattern();
    return () => literal[0];
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#position;
    const found = expression.exec(this.#pattern);
    if (found) this.#position = expression.lastIndex;
    return found ?? undefined;
  }
}

function countMaxRepeats(sign: string, fewest: number, isRange: boolean, to: string | undefined): number {
  if (sign.startsWith('?')) return 1;
  if (sign.startsWith('{')) return isRange ? Number(to || Infinity) : fewest;
  return Infinity;
}

/** A character that a class or an escape stands for. */
function oneOf(source: string): Piece {
  const code = /^\\[ux]\{?([\da-fA-F]+)\}?$/.exec(source)?.[1];
  if (code !== undefined) return () => String.fromCodePoint(Number.parseInt(code, 16));
  const expression = compile(source);
  const matching = characters.filter((character) => expression.test(character));
  if (matching.length === 0) throw new UnsupportedPattern();
  return (_, variant) => matching[variant % matching.length] ?? '';
}

/** Outside of Unicode mode more characters may be escaped. */
function compile(source: string): RegExp {
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch {
    return new RegExp(`^${source}$`);
  }
}

function bounded(text: string): string {
  if (text.length > maxTextLength) throw new UnsupportedPattern();
  return text;
}
