import { skipSpace, skipString, skipValue } from './walk-json-text.ts';

/**
 * Sets properties in the text of a JSON object. Values are JSON text. A property that is absent is added at the end;
 * every other byte stays as it is. The text has to be a valid JSON object.
 */
export function setJsonProperties(text: string, properties: Readonly<Record<string, string>>): string {
  const remaining = new Map(Object.entries(properties));
  let result = '';
  let copiedEnd = 0;
  let isEmpty = true;
  let offset = skipSpace(text, text.indexOf('{') + 1);
  while (text[offset] !== '}') {
    isEmpty = false;
    const nameEnd = skipString(text, offset);
    const name: string = JSON.parse(text.slice(offset, nameEnd));
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = skipValue(text, start);
    const value = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (value !== undefined) {
      result += text.slice(copiedEnd, start) + value;
      copiedEnd = end;
      remaining.delete(name);
    }
    offset = skipSpace(text, end);
    if (text[offset] === ',') offset = skipSpace(text, offset + 1);
  }
  const appended = [...remaining].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join();
  const comma = isEmpty || appended === '' ? '' : ',';
  return result + text.slice(copiedEnd, offset) + comma + appended + text.slice(offset);
}

/**
 * Returns whether a JSON text contains this property name or string value. `word` includes its quotes:
 * `"cache_control"`. Inside a string it would have a backslash. A word that is written with escapes is found in
 * `value`, the parsed text.
 */
export function jsonTextIncludes(text: string, value: unknown, word: string): boolean {
  return text.includes(word) || (text.includes('\\u') && JSON.stringify(value).includes(word));
}
