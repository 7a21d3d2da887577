/** A part of a TypeScript file that has words in it. */
export interface SourceToken {
  /** `name`: an identifier or a keyword. `text`: a string with its quotes, or the text of a template between expressions. */
  readonly kind: 'name' | 'text' | 'comment';
  readonly text: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/** Splits a TypeScript file into its names, strings and comments. Numbers, operators and regular expressions are left out. */
export function scanSource(source: string): SourceToken[] {
  return new SourceScanner(source).scan();
}

const spaces = /\s+/y;
const comment = /\/\/.*|\/\*[\s\S]*?(?:\*\/|$)/y;
const quoted = /'(?:\\[\s\S]|[^'\\\n])*'?|"(?:\\[\s\S]|[^"\\\n])*"?/y;
const name = /#?[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const number = /\.?\d[\w.]*/y;
const regularExpression = /\/(?:\[(?:\\.|[^\]\\\n])*\]|\\.|[^/\\\n[])+\/[a-z]*/y;
const templatePart = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{|$)/y;
const anyCharacter = /[\s\S]/y;

/** A slash after one of these begins a regular expression, although they look like names. */
const operators = new Set(['return', 'typeof', 'case', 'in', 'of', 'await', 'yield', 'void', 'delete', 'else', 'do']);

class SourceScanner {
  readonly #source: string;
  readonly #tokens: SourceToken[] = [];
  readonly #openBraces: ('{' | '${')[] = [];
  /** Whether the last token can end a value: a slash after it divides. */
  #endsValue = false;
  #line = 1;
  #offset = 0;

  constructor(source: string) {
    this.#source = source;
  }

  scan(): SourceToken[] {
    while (this.#offset < this.#source.length) this.#scanNext();
    return this.#tokens;
  }

  #scanNext(): void {
    if (this.#take(spaces) || this.#take(comment, 'comment')) return;
    const identifier = this.#take(name, 'name');
    if (identifier) this.#endsValue = !operators.has(identifier);
    else if (this.#take(quoted, 'text') || this.#take(number)) this.#endsValue = true;
    else if (!this.#endsValue && this.#take(regularExpression)) this.#endsValue = true;
    else this.#scanPunctuator(this.#take(anyCharacter));
  }

  #scanPunctuator(character: string): void {
    if (character === '{') this.#openBraces.push('{');
    if (character === '`' || (character === '}' && this.#openBraces.pop() === '${')) this.#scanTemplatePart();
    else this.#endsValue = ')]}'.includes(character);
  }

  #scanTemplatePart(): void {
    const hasExpression = this.#take(templatePart, 'text').endsWith('${');
    if (hasExpression) this.#openBraces.push('${');
    this.#endsValue = !hasExpression;
  }

  /** Returns the text that the pattern matches here, or an empty one. With a `kind`, the text becomes a token. */
  #take(pattern: RegExp, kind?: SourceToken['kind']): string {
    pattern.lastIndex = this.#offset;
    const text = pattern.exec(this.#source)?.[0] ?? '';
    if (text && kind) this.#tokens.push({ kind, text, line: this.#line });
    this.#offset += text.length;
    this.#line += text.split('\n').length - 1;
    return text;
  }
}
