import cl100kRanks from 'gpt-tokenizer/bpeRanks/cl100k_base';
import o200kRanks from 'gpt-tokenizer/bpeRanks/o200k_base';
import { encode as encodeCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { encode as encodeO200k } from 'gpt-tokenizer/encoding/o200k_base';

/** What `src/usage/token-tables.json` holds; `src/usage/token-tables.ts` unpacks it. */
interface TokenTableData {
  readonly source: string;
  readonly pairs: string;
  readonly triples: string;
  readonly units: string;
  readonly runs: Readonly<Record<string, number>>;
  readonly words: string;
}

/** The most frequent ones: byte pair encoding ranks its tokens by frequency. */
const maxWords = 4_000;
const letters = 'abcdefghijklmnopqrstuvwxyz';
const ascii = Array.from({ length: 128 }, (_, unit) => String.fromCharCode(unit));

/** Builds the tables of what is one token in both o200k_base and cl100k_base. */
export function buildTokenTables(): TokenTableData {
  const o200k = readVocabulary(o200kRanks);
  const cl100k = readVocabulary(cl100kRanks);
  const isToken = (bytes: string) => o200k.has(bytes) && cl100k.has(bytes);
  return {
    source: 'gpt-tokenizer: o200k_base and cl100k_base',
    pairs: packBits(ascii.flatMap((first) => ascii.map((second) => isToken(first + second)))),
    triples: packBits(
      [...` ${letters}${letters.toUpperCase()}`].flatMap((first) =>
        Array.from({ length: 1024 }, (_, index) => {
          const [second, third] = [letters[index >> 5], letters[index & 31]];
          return second !== undefined && third !== undefined && isToken(first + second + third);
        }),
      ),
    ),
    units: packUnits(),
    runs: Object.fromEntries(ascii.flatMap((character, unit) => runEntry(character, unit, isToken))),
    words: selectWords(o200k, cl100k).join(' '),
  };
}

/** The bytes of each token, as Latin-1, with its rank. */
function readVocabulary(ranks: readonly (string | readonly number[])[]): Map<string, number> {
  const vocabulary = new Map<string, number>();
  for (const [rank, token] of ranks.entries()) {
    if (token === undefined) continue;
    const bytes = typeof token === 'string' ? Buffer.from(token, 'utf8') : Buffer.from(token);
    vocabulary.set(bytes.toString('latin1'), rank);
  }
  return vocabulary;
}

/** Words that are a token with the space before them in both, sorted, so that they compress well. */
function selectWords(o200k: ReadonlyMap<string, number>, cl100k: ReadonlyMap<string, number>): string[] {
  return [...o200k.keys()]
    .filter((token) => /^ [A-Za-z][a-z]{0,10}$/.test(token) && cl100k.has(token))
    .filter((token) => encodeO200k(token).length === 1 && encodeCl100k(token).length === 1)
    .slice(0, maxWords)
    .map((token) => token.slice(1))
    .sort();
}

/** Up to which length every run of a character is a token, where that is five or more. */
function runEntry(character: string, unit: number, isToken: (bytes: string) => boolean): [string, number][] {
  if (/[a-zA-Z0-9 ]/.test(character)) return [];
  let length = 1;
  while (length < 64 && isToken(character.repeat(length + 1))) length++;
  return length < 5 ? [] : [[String(unit), length]];
}

/** A neighbour matters: a space or a digit before a unit may take its first byte, which leaves two tokens of the rest. */
const neighbours = [
  ['', '', 0],
  [' ', '', 1],
  ['a', '', 1],
  ['.', '', 1],
  [' .', '', 1],
  ['0', '', 1],
  ['0', '0', 2],
  ['', 'a', 1],
  [' ', 'a', 2],
] as const;

/** Counts the most tokens that each UTF-16 unit beyond ASCII adds, as runs of equal counts. */
function packUnits(): string {
  const bytes: number[] = [];
  let previous = -1;
  let length = 0;
  const push = (): void => {
    if (length === 0) return;
    let remaining = (length - 1) >> 5;
    bytes.push(previous | (((length - 1) & 31) << 2) | (remaining > 0 ? 128 : 0));
    for (; remaining > 0; remaining >>= 7) bytes.push((remaining & 127) | (remaining > 127 ? 128 : 0));
  };
  for (let unit = 128; unit < 65_536; unit++) {
    const tokens = countUnitTokens(unit);
    if (tokens === previous) length++;
    else {
      push();
      previous = tokens;
      length = 1;
    }
  }
  push();
  return Buffer.from(bytes).toString('base64');
}

function countUnitTokens(unit: number): number {
  // Half of a surrogate pair is sent as U+FFFD, which is one token.
  if (unit >= 0xd800 && unit < 0xe000) return 1;
  const text = String.fromCharCode(unit);
  const counts = neighbours.flatMap(([before, after, own]) =>
    [encodeO200k, encodeCl100k].map((encode) => Math.min(3, encode(before + text + after).length - own)),
  );
  return Math.max(...counts);
}

function packBits(bits: readonly boolean[]): string {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries()) if (bit) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  return Buffer.from(bytes).toString('base64');
}
