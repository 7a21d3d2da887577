import { capitalBit, getTokenTables, hashWord, maxWordLength, wordTableSize } from './token-tables.ts';

const space = 0;
const tab = 1;
const newline = 2;
const lower = 3;
const upper = 4;
const digit = 5;
const sign = 6;
const quote = 7;
const slash = 8;

/** The class of each ASCII character. Control characters are signs to both tokenizers. */
const classes = Uint8Array.from({ length: 128 }, (_, unit) => classOf(String.fromCharCode(unit)));

function classOf(character: string): number {
  if (/[a-z]/.test(character)) return lower;
  if (/[A-Z]/.test(character)) return upper;
  if (/\d/.test(character)) return digit;
  if (character === ' ') return space;
  if (/[\r\n]/.test(character)) return newline;
  if (/[\t\v\f]/.test(character)) return tab;
  if (character === "'") return quote;
  return character === '/' ? slash : sign;
}

// What the tokenizers' patterns do between two classes: both join, either may cut, or both cut.
const join = 0;
const soft = 1;
const hard = 2;
const modes = createModes();

function createModes(): Uint8Array {
  const table = new Uint8Array(256).fill(hard);
  const set = (before: readonly number[], after: readonly number[], mode: number): void => {
    for (const first of before) for (const second of after) table[(first << 4) | second] = mode;
  };
  const signs = [sign, quote, slash];
  const letters = [lower, upper];
  const blanks = [space, tab, newline];
  set(signs, signs, join);
  set([slash], signs, soft);
  set([slash], [slash], join);
  set(signs, letters, soft);
  set(signs, [newline], join);
  set(letters, letters, join);
  set([lower], [upper], soft);
  set(letters, [quote], soft);
  set(blanks, blanks, soft);
  set([newline], [newline], join);
  set([newline], [slash], soft);
  set([space], letters, join);
  set([space], signs, join);
  set([tab], letters, soft);
  return table;
}

/** The row of `triples` for a first character: a space, a–z, A–Z, or a row of zeros. */
const tripleRows = Uint8Array.from({ length: 128 }, (_, unit) => {
  if (unit === 32) return 0;
  if (classes[unit] === lower) return unit - 96;
  return classes[unit] === upper ? unit - 38 : 53;
});

/** Shorter runs of one character are counted like any text. */
const minRunLength = 12;
const never = -1e9;

/**
 * Returns an upper bound of the tokens of a text, or of a part of it, under o200k_base and cl100k_base alike, in one walk.
 *
 * Byte pair encoding ends when no two neighbouring tokens together are a token. So within a piece that the tokenizer's pattern
 * never cuts, two single characters stand side by side only where the pair is no token, and a single and a double only where
 * the triple is none. The walk finds the largest number of tokens that these rules allow: it keeps the most tokens up to the
 * last character for a last token of one, two, and more characters. Pieces are cut where either tokenizer may cut. A word that
 * is a token with the space before it counts one. Test: `test/unit/usage/bound-tokens.test.ts`, where texts are searched
 * that exceed the bound.
 */
export function boundTokens(text: string, start = 0, end = text.length): number {
  const { pairs, triples, unitTokens, runs, words } = getTokenTables();
  // For a last token of one, two, and more characters; the same one character earlier (one; more), and the best of two
  // characters earlier. After a cut, `three` is the count, after which nothing is ruled out.
  let one = never;
  let two = never;
  let three = 0;
  let earlierOne = never;
  let earlierMore = never;
  let bestBefore = never;
  let before = 0;
  let before2 = 0;
  let kind = newline;
  let mode2 = soft;
  /** How many characters may still belong to a contraction (`'ll`), where one of the tokenizers cuts. */
  let contraction = 0;
  for (let index = start; index < end; index++) {
    const unit = text.charCodeAt(index);
    const best = one > two ? (one > three ? one : three) : two > three ? two : three;
    if (unit > 127) {
      const isPair = (unit & 0xfc00) === 0xd800 && index + 1 < end && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
      if (isPair) {
        // Four bytes, of which the first two are one token in the planes of the emoji.
        three = best + (unit >= 0xd83c && unit <= 0xd83e ? 3 : 4);
        index++;
      } else three = best + (unitTokens[unit] ?? 3);
      one = two = earlierOne = earlierMore = bestBefore = never;
      before = 128;
      before2 = 0;
      kind = digit;
      continue;
    }
    const now = classes[unit] ?? sign;
    if (now === space && index + 1 < end) {
      const next = text.charCodeAt(index + 1);
      if (next === 32) {
        // All spaces of a run but the last are a piece of long tokens; the last goes with what follows.
        let last = index + 1;
        while (last + 1 < end && text.charCodeAt(last + 1) === 32) last++;
        three = best + 1 + ((last - index) >> 6);
        one = two = earlierOne = earlierMore = bestBefore = never;
        index = last - 1;
        kind = space;
        before = 32;
        before2 = 0;
        contraction = 0;
        continue;
      }
      // A word: packed as `token-tables.ts` packs it.
      let letter = (next | 32) - 96;
      if (letter > 0 && letter < 27 && next > 64) {
        let low = letter;
        let high = next < 97 ? capitalBit : 0;
        let after = index + 2;
        let isWhole = true;
        for (; after < end; after++) {
          const following = text.charCodeAt(after);
          letter = following - 96;
          if (letter < 1 || letter > 26) {
            // A letter, a mark or an apostrophe behind it would belong to the same piece.
            isWhole = following < 128 && following !== 39 && classes[following] !== upper;
            break;
          }
          if (after > index + maxWordLength) {
            isWhole = false;
            break;
          }
          if (after < index + 7) low = (low << 5) | letter;
          else high = (high & capitalBit) | (((high << 5) | letter) & (capitalBit - 1));
        }
        if (isWhole) {
          let slot = hashWord(low, high);
          while (words.low[slot] !== 0 && (words.low[slot] !== low || words.high[slot] !== high)) {
            slot = (slot + 1) & (wordTableSize - 1);
          }
          if (words.low[slot] === low) {
            three = best + 1;
            one = two = earlierOne = earlierMore = bestBefore = never;
            index = after - 1;
            kind = lower;
            before = 97;
            before2 = 0;
            contraction = 0;
            continue;
          }
        }
      }
    } else if (now === digit) {
      let after = index + 1;
      while (after < end && (text.charCodeAt(after) - 48) >>> 0 < 10) after++;
      // Three digits a piece; behind a digit of another script the pieces may begin anywhere.
      three = best + (before > 127 ? (((after - index + 1) / 3) | 0) + 1 : ((after - index + 2) / 3) | 0);
      one = two = earlierOne = earlierMore = bestBefore = never;
      index = after - 1;
      kind = digit;
      before = unit;
      before2 = 0;
      continue;
    }
    const run = runs[unit] ?? 0;
    if (run !== 0 && unit !== before && index + 3 < end && text.charCodeAt(index + 1) === unit) {
      let after = index + 2;
      while (after < end && text.charCodeAt(after) === unit) after++;
      if (after - index >= minRunLength) {
        // Those within it, and one that crosses each of its ends: two neighbours are longer than a token together.
        three = best + 3 + (((2 * (after - index)) / (run + 1)) | 0);
        one = two = earlierOne = earlierMore = bestBefore = never;
        before2 = 0;
        before = unit;
        kind = now;
        mode2 = soft;
        contraction = 0;
        index = after - 1;
        continue;
      }
    }
    let mode = modes[(kind << 4) | now] ?? soft;
    if (mode === hard) {
      one = best + 1;
      two = three = earlierOne = bestBefore = never;
      earlierMore = best;
      before2 = before;
      before = unit;
      kind = now;
      mode2 = join;
      contraction = now === quote ? 3 : 0;
      continue;
    }
    if (contraction > 0) {
      contraction--;
      mode = soft;
    }
    if (now === quote) contraction = 3;
    let nextOne = three;
    let isTriple = 0;
    if (mode === soft) nextOne = best;
    else {
      if (now === lower && before >= 97 && mode2 === join) {
        isTriple = triples[((tripleRows[before2] ?? 53) << 10) | ((before - 97) << 5) | (unit - 97)] ?? 0;
        if (isTriple === 0 && two > nextOne) nextOne = two;
      } else if (two > nextOne) nextOne = two;
      if (one > nextOne && pairs[(before << 7) | unit] === 0) nextOne = one;
    }
    // Also where the pair is a token in one vocabulary only: where it is one in neither, two single ones are more anyway.
    let nextTwo = earlierMore;
    if (isTriple === 0 && earlierOne > nextTwo) nextTwo = earlierOne;
    const nextThree = bestBefore + 1;
    bestBefore = earlierOne > earlierMore ? earlierOne : earlierMore;
    earlierOne = one;
    earlierMore = two > three ? two : three;
    one = nextOne + 1;
    two = nextTwo + 1;
    three = nextThree;
    before2 = before;
    before = unit;
    kind = now;
    mode2 = mode;
  }
  return one > two ? (one > three ? one : three) : two > three ? two : three;
}
