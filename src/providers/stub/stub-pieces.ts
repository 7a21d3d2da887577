/** What Stub counts as tokens: a word with the white space behind it; a long one is several, never cut in a character. */
export function splitIntoPieces(text: string): string[] {
  return text.match(/\S{1,16}\s*/gu) ?? [];
}
