import { findJsonSpans, type JsonPath } from './find-json-spans.ts';
import { skipString } from './walk-json-text.ts';

declare global {
  /** JSON.parse source text access (ES2026), which the library of ES2024 lacks. */
  interface JSON {
    /** Returns a value that `stringify` writes as this text: JSON of a string, a number, a boolean or null. */
    rawJSON(text: string): object;
  }
}

/** What may be a number that JavaScript writes in another way: beyond 2 ** 53, `1.0`, `1e400`, `-0`. */
const inexactNumber = /\d{16}|\d\.(?:\d{15}|\d*0(?!\d))|\d[eE][-+]?\d|-0(?![\d.])/;

/** Whole numbers among which those are. One before a colon is no value, and stays for the parser to refuse. */
const inexactNumbers = /(?:-?(?=\d{16}|\d{1,15}[.eE])\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|-0(?![\d.eE]))(?!\s*:)/g;

/**
 * Parses JSON whose numbers keep their digits when `JSON.stringify` writes them again. A number that JavaScript would change
 * becomes a `JSON.rawJSON` object; not where the text is nested too deeply to be searched. Throws a SyntaxError.
 */
export function parseExactJson(text: string): unknown {
  try {
    return parseWithSources(text);
  } catch (error) {
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

/** Throws a RangeError where the text is nested too deeply to be searched for numbers. */
function parseWithSources(text: string): unknown {
  if (!inexactNumber.test(text)) return JSON.parse(text);
  const mark = `${crypto.randomUUID().slice(0, 8)} `;
  const marked = markInexactNumbers(text, mark);
  return marked === text ? JSON.parse(text) : restoreNumbers(JSON.parse(marked), mark);
}

/**
 * Replaces the numbers that JavaScript would change by strings that begin with the mark. A reviver is called for every value
 * instead: 5 million numbers take it 20 s.
 */
function markInexactNumbers(text: string, mark: string): string {
  let marked = '';
  for (let start = 0; start < text.length; ) {
    const quote = text.indexOf('"', start);
    const between = text.slice(start, quote < 0 ? text.length : quote);
    marked += between.length < 2 ? between : between.replace(inexactNumbers, (number) => markNumber(number, mark));
    if (quote < 0) return marked;
    const end = skipString(text, quote);
    // The string does not end: the parser says so.
    if (end <= quote) return text;
    marked += text.slice(quote, end);
    start = end;
  }
  return marked;
}

function markNumber(number: string, mark: string): string {
  return String(Number(number)) === number ? number : `"${mark}${number}"`;
}

/** Changes the value in place. */
function restoreNumbers(value: unknown, mark: string): unknown {
  if (typeof value === 'string') return value.startsWith(mark) ? JSON.rawJSON(value.slice(mark.length)) : value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const entry: unknown = value[index];
      if (typeof entry === 'string' || isObject(entry)) value[index] = restoreNumbers(entry, mark);
    }
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const member: unknown = Reflect.get(value, name);
      if (typeof member === 'string' || isObject(member)) Reflect.set(value, name, restoreNumbers(member, mark));
    }
  }
  return value;
}

/**
 * Replaces the objects at these paths by what `convert` makes of their text, in a value that has just been parsed from
 * `text` and is not shared yet. A path is a pattern of `findJsonSpans`.
 */
export function convertJsonObjects(
  text: string,
  value: unknown,
  patterns: readonly (readonly string[])[],
  convert: (json: string) => unknown,
): void {
  for (const pattern of patterns) {
    for (const { path, start, end } of findJsonSpans(text, pattern)) {
      if (text[start] === '{') setAt(value, path, convert(text.slice(start, end)));
    }
  }
}

/** Writes a JSON text without white space, digit for digit. A text that is nested too deeply stays as it is. */
export function compactJson(json: string): string {
  try {
    return JSON.stringify(parseWithSources(json));
  } catch {
    return json;
  }
}

/** Makes the numbers in the objects at these paths exact, as `parseExactJson` does. */
export function keepExactNumbers(text: string, value: unknown, patterns: readonly (readonly string[])[]): void {
  if (inexactNumber.test(text)) convertJsonObjects(text, value, patterns, parseExactJson);
}

function setAt(root: unknown, path: JsonPath, value: unknown): void {
  let holder = root;
  for (const name of path.slice(0, -1)) holder = isObject(holder) ? Reflect.get(holder, name) : undefined;
  const last = path.at(-1);
  if (isObject(holder) && last !== undefined) Reflect.set(holder, last, value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
