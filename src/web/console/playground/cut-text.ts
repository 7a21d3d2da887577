/** Returns the beginning of a text, of at most so many UTF-16 units, without half of a character at its end. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return text.slice(0, isInsideCharacter(text, maxLength) ? maxLength - 1 : maxLength);
}

const blockLength = 10_000;

interface TextBlock {
  readonly offset: number;
  readonly block: string;
}

/** Splits a text into blocks: behind a line break where there is one, so that it looks as it did in one piece. */
export function splitIntoBlocks(text: string): TextBlock[] {
  const blocks: TextBlock[] = [];
  for (let offset = 0; offset < text.length; ) {
    const end = findBlockEnd(text, offset);
    blocks.push({ offset, block: text.slice(offset, end) });
    offset = end;
  }
  return blocks;
}

function findBlockEnd(text: string, offset: number): number {
  const end = offset + blockLength;
  if (end >= text.length) return text.length;
  for (const separator of ['\n', ' ']) {
    const index = text.lastIndexOf(separator, end - 1);
    if (index >= offset) return index + 1;
  }
  return isInsideCharacter(text, end) ? end - 1 : end;
}

/** Whether a place in a text is between the two units of one character. */
function isInsideCharacter(text: string, index: number): boolean {
  return (text.codePointAt(index - 1) ?? 0) > 0xffff;
}
