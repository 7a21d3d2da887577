/**
 * Sets members of a JSON object's text, each given as JSON text; a member that is not there is added at the end. All else
 * stays as it was written, to the byte. The text has to be a valid JSON object.
 */
export function setJsonProperties(text: string, members: Readonly<Record<string, string>>): string {
  const missing = new Map(Object.entries(members));
  let written = '';
  let copied = 0;
  let isEmpty = true;
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] !== '}') {
    isEmpty = false;
    const nameEnd = skipString(text, at);
    const name: string = JSON.parse(text.slice(at, nameEnd));
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = skipValue(text, start);
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    if (value !== undefined) {
      written += text.slice(copied, start) + value;
      copied = end;
      missing.delete(name);
    }
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  const added = [...missing].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join();
  const comma = isEmpty || added === '' ? '' : ',';
  return written + text.slice(copied, at) + comma + added + text.slice(at);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (' \n\r\t'.includes(text[at] ?? '.')) at += 1;
  return at;
}

/** Behind the string that begins here. */
function skipString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

/** Behind the value that begins here. */
function skipValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; ; ) {
    const character = text[at];
    if (character === '"') at = skipString(text, at);
    else if (character === '{' || character === '[') {
      depth += 1;
      at += 1;
    } else if (character === '}' || character === ']') {
      depth -= 1;
      at += 1;
    } else if (depth === 0) return skipScalar(text, at);
    else at += 1;
    if (depth === 0) return at;
  }
}

function skipScalar(text: string, from: number): number {
  let at = from;
  while (!',}] \n\r\t'.includes(text[at] ?? ',')) at += 1;
  return at;
}

/**
 * Whether a JSON text has this name or value in it, given with its quotes: `"cache_control"`. Within a string it would have a
 * backslash; one that is written with escapes is found by `value`, which is the text parsed.
 */
export function jsonTextIncludes(text: string, value: unknown, word: string): boolean {
  return text.includes(word) || (text.includes('\\u') && JSON.stringify(value).includes(word));
}
