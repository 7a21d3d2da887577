import { skipSpace, skipString, skipValue } from './walk-json-text.ts';

/** A property name, or the index of an array's element. */
export type JsonPath = readonly (string | number)[];

/** Where a value stands in a JSON text. */
export interface JsonSpan {
  readonly path: JsonPath;
  /** Where the name of a property begins; the same as `start` for an element of an array. */
  readonly memberStart: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/**
 * Finds the values that have a path in a JSON text, in the order of the text: `['messages', '*', 'content']`, where `*` stands
 * for each element of an array, and `{}` for each property of an object. Of two properties of one name the last counts, as for
 * `JSON.parse`. The text has to be valid.
 */
export function findJsonSpans(text: string, pattern: readonly string[]): JsonSpan[] {
  const spans = new Map<string, JsonSpan>();
  const root = skipSpace(text, 0);
  visit(root, [], root);
  return [...spans.values()];

  /** Returns the offset after the value. The recursion is as deep as the pattern is long. */
  function visit(start: number, path: JsonPath, memberStart: number): number {
    const name = pattern[path.length];
    if (name === undefined) {
      const end = skipValue(text, start);
      spans.set(JSON.stringify(path), { path, memberStart, start, end });
      return end;
    }
    if (text[start] === '[' && name === '*') return visitElements(start, path);
    if (text[start] === '{' && name !== '*') return visitProperties(start, path, name);
    return skipValue(text, start);
  }

  function visitElements(start: number, path: JsonPath): number {
    let offset = skipSpace(text, start + 1);
    for (let index = 0; text[offset] !== ']'; index += 1) {
      offset = skipSpace(text, visit(offset, [...path, index], offset));
      if (text[offset] === ',') offset = skipSpace(text, offset + 1);
    }
    return offset + 1;
  }

  function visitProperties(start: number, path: JsonPath, name: string): number {
    let offset = skipSpace(text, start + 1);
    while (text[offset] !== '}') {
      const nameEnd = skipString(text, offset);
      const found: string = JSON.parse(text.slice(offset, nameEnd));
      const isWanted = name === found || name === '{}';
      const valueStart = skipSpace(text, skipSpace(text, nameEnd) + 1);
      offset = skipSpace(text, isWanted ? visit(valueStart, [...path, found], offset) : skipValue(text, valueStart));
      if (text[offset] === ',') offset = skipSpace(text, offset + 1);
    }
    return offset + 1;
  }
}
