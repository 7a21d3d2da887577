import { encode } from 'gpt-tokenizer/encoding/o200k_base';

const options = { disallowedSpecial: new Set<string>() };
/** The tokenizer takes time by the square of a piece's length. A cut adds a token or two. In UTF-16 units. */
const maxPartLength = 4_096;

/** Counts the tokens of a text by o200k_base; those of a long one by its parts, which are a few more. */
export function countTokens(text: string): number {
  let tokens = 0;
  for (let start = 0; start < text.length; start += maxPartLength) {
    tokens += encode(text.slice(start, start + maxPartLength), options).length;
  }
  return tokens;
}
