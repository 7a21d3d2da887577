import { type StubWorkBudget, UnusableSchemaError } from './stub-work-budget.ts';

type Continuation = (index: number) => boolean;

interface Part {
  /** Matches the text from an index on, and then what follows. */
  readonly match: (index: number, next: Continuation) => boolean;
  /** Units that it takes the faker to write a text for it. */
  readonly cost: number;
}

const maxLength = 1000;
const maxCost = 5000;
/** Repetitions that the faker may write beyond the fewest. */
const maxExtraRepetitions = 5;
const unitsPerClass = 10;
/** The faker lists the characters of a range. */
const listedCharactersPerUnit = 100;

/**
 * A regular expression whose work is bounded: JavaScript's own engine can take for ever, even on a short text. Back
 * references, look-behind assertions and `\b` are not supported.
 */
export class StubPattern {
  readonly #source: string;
  readonly #root: Part;
  #position = 0;
  #text: readonly string[] = [];
  #budget: StubWorkBudget | undefined;

  /** Throws UnusableSchemaError for what is not supported, and SyntaxError for a wrong class or escape. */
  constructor(source: string) {
    if (source.length > maxLength) throw new UnusableSchemaError();
    this.#source = source;
    this.#root = this.#parseAlternatives();
    if (this.#position < source.length) throw new UnusableSchemaError();
  }

  /** Units that it takes the faker to write a text. */
  get cost(): number {
    return this.#source.length + this.#root.cost;
  }

  /** Throws UnusableSchemaError where the budget does not suffice. */
  test(text: string, budget: StubWorkBudget): boolean {
    this.#text = [...text];
    this.#budget = budget;
    return [...this.#text, ''].some((_, start) => this.#root.match(start, () => true));
  }

  #parseAlternatives(): Part {
    const branches = [this.#parseSequence()];
    while (this.#take(/\|/y)) branches.push(this.#parseSequence());
    return {
      match: (index, next) => branches.some(({ match }) => match(index, next)),
      cost: Math.max(...branches.map(({ cost }) => cost)),
    };
  }

  #parseSequence(): Part {
    const parts: Part[] = [];
    while (this.#position < this.#source.length && !/[|)]/.test(this.#source.charAt(this.#position))) {
      parts.push(this.#parseQuantified());
    }
    const matchPart = (position: number, index: number, next: Continuation): boolean => {
      this.#budget?.spend(1);
      const part = parts[position];
      return part === undefined ? next(index) : part.match(index, (end) => matchPart(position + 1, end, next));
    };
    return {
      match: (index, next) => matchPart(0, index, next),
      cost: limitCost(parts.reduce((sum, { cost }) => sum + cost, 0)),
    };
  }

  #parseQuantified(): Part {
    const { match, cost } = this.#parseAtom();
    const quantifier = this.#take(/(?:([*+?])|\{(\d+)(,(\d*))?\})\??/y);
    if (!quantifier) return { match, cost };
    const [, sign, from = sign === '+' ? 1 : 0, range = sign, to = sign === '?' ? 1 : ''] = quantifier;
    const min = Number(from);
    const max = range === undefined ? min : Number(to || Infinity);
    const matchTimes = (count: number, index: number, next: Continuation): boolean => {
      this.#budget?.spend(1);
      // After the fewest, an empty repetition would be followed by others without end.
      const matchMore = (end: number) => (end > index || count < min) && matchTimes(count + 1, end, next);
      return (count < max && match(index, matchMore)) || (count >= min && next(index));
    };
    return {
      match: (index, next) => matchTimes(0, index, next),
      cost: limitCost((1 + cost) * Math.min(max, min + maxExtraRepetitions)),
    };
  }

  #parseAtom(): Part {
    if (this.#take(/\^/y)) return { match: (index, next) => index === 0 && next(index), cost: 0 };
    if (this.#take(/\$/y)) return { match: (index, next) => index === this.#text.length && next(index), cost: 0 };
    const group = this.#take(/\((?:\?(?::|([=!])|<[A-Za-z_]\w*>)|(?!\?))/y);
    if (group) {
      const part = this.#parseAlternatives();
      if (!this.#take(/\)/y)) throw new UnusableSchemaError();
      const [, assertion] = group;
      if (assertion === undefined) return part;
      const isAhead = (index: number) => part.match(index, () => true) === (assertion === '=');
      return { match: (index, next) => isAhead(index) && next(index), cost: 0 };
    }
    const characters = this.#take(
      /\.|\[(?:\\.|[^\]\\])*\]|\\[pP]\{[\w=]+\}|\\u\{[\da-fA-F]+\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\[^1-9bBk]/suy,
    );
    const literal = characters ?? this.#take(/[^\\()[\]*+?|]/suy);
    if (!literal) throw new UnusableSchemaError();
    const expression = characters && new RegExp(`^${characters[0]}$`, 'u');
    const match = (index: number, next: Continuation) => {
      const character = this.#text[index];
      if (character === undefined) return false;
      return (expression?.test(character) ?? character === literal[0]) && next(index + 1);
    };
    return { match, cost: estimateClassUnits(literal[0]) };
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#position;
    const found = expression.exec(this.#source) ?? undefined;
    if (found) this.#position = expression.lastIndex;
    return found;
  }
}

function limitCost(cost: number): number {
  if (cost > maxCost) throw new UnusableSchemaError();
  return cost;
}

function estimateClassUnits(source: string): number {
  let units = unitsPerClass;
  for (const [, from = '', to = ''] of source.matchAll(/(.)-(.)/gs)) {
    units += Math.max(0, to.charCodeAt(0) - from.charCodeAt(0)) / listedCharactersPerUnit;
  }
  return units;
}
