/** The most characters of a word in one piece. */
const maxPieceLength = 16;
const isSpace = (character: string) => /\s/u.test(character);
/** What is white space among the characters that texts consist of: a table, for a prompt may have 10 million of them. */
const asciiSpaces = Uint8Array.from({ length: 128 }, (_, code) => (isSpace(String.fromCharCode(code)) ? 1 : 0));

/**
 * Splits a text into what Stub counts as tokens, at most so many: a word with the white space behind it; a long one is
 * several, never cut in a character.
 */
export function splitIntoPieces(text: string, maxPieces = Infinity): string[] {
  const pattern = /\S{1,16}\s*/gu;
  const pieces: string[] = [];
  while (pieces.length < maxPieces) {
    const piece = pattern.exec(text)?.[0];
    if (piece === undefined) break;
    pieces.push(piece);
  }
  return pieces;
}

/** Counts the pieces of a text, without making them. */
export function countPieces(text: string): number {
  let pieces = 0;
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const space = code < 128 ? asciiSpaces[code] === 1 : isSpace(text.charAt(index));
    if (space) length = 0;
    else {
      if (length % maxPieceLength === 0) pieces += 1;
      length += 1;
      if (isHighSurrogate(code) && isLowSurrogate(text.charCodeAt(index + 1))) index += 1;
    }
  }
  return pieces;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
