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

function skipSpace(text: string, from: number): number {
  let offset = from;
  while (' \n\r\t'.includes(text[offset] ?? '.')) offset += 1;
  return offset;
}

/** Returns the offset after the string that begins at `from`. */
function skipString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, offset: number): boolean {
  let backslashes = 0;
  while (text[offset - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

/** Returns the offset after the value that begins at `from`. */
function skipValue(text: string, from: number): number {
  let depth = 0;
  for (let offset = from; ; ) {
    const character = text[offset];
    if (character === '"') offset = skipString(text, offset);
    else if (character === '{' || character === '[') {
      depth += 1;
      offset += 1;
    } else if (character === '}' || character === ']') {
      depth -= 1;
      offset += 1;
    } else if (depth === 0) return skipScalar(text, offset);
    else offset += 1;
    if (depth === 0) return offset;
  }
}

function skipScalar(text: string, from: number): number {
  let offset = from;
  while (!',}] \n\r\t'.includes(text[offset] ?? ',')) offset += 1;
  return offset;
}

/**
 * Returns whether a JSON text contains this property name or string value. `word` includes its quotes:
 * `"cache_control"`. Inside a string it would have a backslash. A word that is written with escapes is found in
 * `value`, the parsed text.
 */
export function jsonTextIncludes(text: string, value: unknown, word: string): boolean {
  return text.includes(word) || (text.includes('\\u') && JSON.stringify(value).includes(word));
}
