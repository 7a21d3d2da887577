/** Functions that walk the text of valid JSON by offset. None of them parses a value, and none is recursive. */

export function skipSpace(text: string, from: number): number {
  let offset = from;
  while (' \n\r\t'.includes(text[offset] ?? '.')) offset += 1;
  return offset;
}

/** Returns the offset after the string that begins at `from`. */
export function skipString(text: string, from: number): number {
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
export function skipValue(text: string, from: number): number {
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
