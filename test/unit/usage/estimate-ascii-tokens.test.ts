import { estimateTokenCount } from 'tokenx';
import { expect, test } from 'vitest';
import { estimateAsciiTokens } from '../../../src/usage/estimate-ascii-tokens.ts';

/** Repeatable: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pieces = [
  'word',
  'Word',
  'incomprehensibilities',
  '7',
  '12345',
  'x1',
  ' ',
  '  ',
  '\n',
  '\n\n',
  '\n  ',
  ' \n',
  '\t',
  '\r\n',
];
const marks = [
  '.',
  ',',
  '...',
  '-----------',
  '{',
  '"',
  '_',
  "'",
  '\u0000',
  '\u007f',
  '\v',
  '\f',
  "don't",
  'a_b',
  '(x)',
];

test.each([
  ['nothing', ''],
  ['words', 'The quick brown fox jumps over the lazy dog'],
  ['code', 'function add(a, b) {\n  return a + b; // 12345678\n}\n\n\nexport { add };\n'],
  ['JSON', JSON.stringify({ name: 'value', list: [1, 22, 333333, null], nested: { 'a-b': 'c_d' } }, null, 2)],
  ['every character', String.fromCharCode(...Array(128).keys())],
])('counts what tokenx counts in %s', (_, text) => {
  expect(estimateAsciiTokens(text)).toBe(estimateTokenCount(text));
});

test('counts what tokenx counts in 20,000 random texts', () => {
  const random = randomFrom(7);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  for (let round = 0; round < 20_000; round += 1) {
    const length = Math.floor(random() * 12);
    const words = Array.from({ length }, () => pick(random() < 0.6 ? pieces : marks)).join('');
    const noise = Array.from({ length }, () => String.fromCharCode(Math.floor(random() * 128))).join('');
    for (const text of [words, noise, words + noise]) {
      if (estimateAsciiTokens(text) !== estimateTokenCount(text)) {
        expect([text, estimateAsciiTokens(text)]).toEqual([text, estimateTokenCount(text)]);
      }
    }
  }
});
