import { findJsonSpans, type JsonPath } from './find-json-spans.ts';

declare global {
  /** JSON.parse source text access (ES2026), which the library of ES2024 lacks. */
  interface JSON {
    parse(text: string, reviver: (key: string, value: unknown, context: ReviverContext) => unknown): unknown;
    /** Returns a value that `stringify` writes as this text: JSON of a string, a number, a boolean or null. */
    rawJSON(text: string): object;
  }
}

interface ReviverContext {
  /** Absent for objects and arrays. */
  readonly source?: string;
}

/** What may be a number that JavaScript writes in another way: beyond 2 ** 53, `1.0`, `1e400`, `-0`. */
const inexactNumber = /\d{16}|\d\.(?:\d{15}|\d*0(?!\d))|\d[eE][-+]?\d|-0(?![\d.])/;

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
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && source !== String(value) ? JSON.rawJSON(source) : value,
  );
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
