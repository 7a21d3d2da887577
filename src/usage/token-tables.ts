import data from './token-tables.json' with { type: 'json' };

/**
 * Tables of what is one token in both o200k_base and cl100k_base, unpacked from `token-tables.json`. `npm run tokens:update`
 * builds that file from the vocabularies of `gpt-tokenizer`.
 */
interface TokenTables {
  /** 1 where two ASCII characters are a token, at `first * 128 + second`. */
  readonly pairs: Uint8Array;
  /** 1 where a space or letter and two lower-case letters are a token, at `row * 1024 + second * 32 + third`. */
  readonly triples: Uint8Array;
  /** The most tokens that a UTF-16 unit beyond ASCII makes. */
  readonly unitTokens: Uint8Array;
  /** Up to which length each run of an ASCII character is a token; 0 where runs have no rule. */
  readonly runs: Uint8Array;
  readonly words: WordTable;
}

/** The words that are a token with the space before them: a hash table with open addressing. */
interface WordTable {
  /** `packWord`'s two numbers of each word; 0 where a slot is empty. */
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** A power of two, at least twice the number of words. */
export const wordTableSize = 16_384;
export const maxWordLength = 11;

/** Returns the slot where the search for a packed word begins. */
export function hashWord(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return (mixed >>> 18) & (wordTableSize - 1);
}

/** The value that marks a capital first letter in the high number of a packed word. */
export const capitalBit = 1 << 25;

let tables: TokenTables | undefined;

/** Returns the tables. Unpacking them takes about a millisecond, at the first call. */
export function getTokenTables(): TokenTables {
  tables ??= {
    pairs: unpackBits(decodeBytes(data.pairs), 128 * 128),
    triples: unpackBits(decodeBytes(data.triples), 64 * 1024),
    unitTokens: unpackUnits(decodeBytes(data.units)),
    runs: Uint8Array.from({ length: 128 }, (_, unit) => new Map(Object.entries(data.runs)).get(String(unit)) ?? 0),
    words: createWordTable(data.words.split(' ')),
  };
  return tables;
}

function decodeBytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function unpackBits(bytes: Uint8Array, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => ((bytes[index >> 3] ?? 0) >> (index & 7)) & 1);
}

/** Runs of equal counts: two bits of tokens, then the length of the run less one as a variable-length number. */
function unpackUnits(bytes: Uint8Array): Uint8Array {
  const tokens = new Uint8Array(65_536);
  let unit = 128;
  for (let index = 0; index < bytes.length; ) {
    const first = bytes[index++] ?? 0;
    let length = (first >> 2) & 31;
    let shift = 5;
    for (let byte = first; byte & 128; shift += 7) {
      byte = bytes[index++] ?? 0;
      length |= (byte & 127) << shift;
    }
    tokens.fill(first & 3, unit, unit + length + 1);
    unit += length + 1;
  }
  return tokens;
}

function createWordTable(words: readonly string[]): WordTable {
  const low = new Int32Array(wordTableSize);
  const high = new Int32Array(wordTableSize);
  for (const word of words) {
    const packed = packWord(word);
    let slot = hashWord(packed.low, packed.high);
    while (low[slot] !== 0) slot = (slot + 1) & (wordTableSize - 1);
    low[slot] = packed.low;
    high[slot] = packed.high;
  }
  return { low, high };
}

/** Packs a word of up to eleven letters, of which only the first may be a capital: five bits a letter. */
function packWord(word: string): { readonly low: number; readonly high: number } {
  let low = 0;
  let high = /^[A-Z]/.test(word) ? capitalBit : 0;
  for (const [index, letter] of [...word.toLowerCase()].entries()) {
    const code = letter.charCodeAt(0) - 96;
    if (index < 6) low = (low << 5) | code;
    else high = (high & capitalBit) | ((((high & ~capitalBit) << 5) | code) & (capitalBit - 1));
  }
  return { low, high };
}
