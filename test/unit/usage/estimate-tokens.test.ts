import { estimateTokenCount } from 'tokenx';
import { expect, test } from 'vitest';
import { estimateTokens } from '../../../src/usage/estimate-tokens.ts';

test('no text is no tokens', () => {
  expect(estimateTokens('')).toBe(0);
});

/** What OpenAI's o200k_base makes of them. */
test.each([
  ['Hello, world!', 4],
  ['The quick brown fox jumps over the lazy dog.', 10],
])('"%s" is estimated at the %d tokens that a tokenizer counts', (text, tokens) => {
  expect(estimateTokens(text)).toBe(tokens);
});

test.each([
  ['prose', 'Streams are cut now and then, and what had come by then is billed all the same. '],
  ['Russian', 'Потоки иногда обрываются, и то, что успело прийти, всё равно оплачивается. '],
  ['code', 'if (a !== b) {\n  return [...list, { id: 42, name: "x" }];\n}\n\n'],
  ['emoji', '👩‍🚀🚀 '],
])('a very long text of %s is estimated from samples, to within 1 % of what the whole gives', (_kind, line) => {
  const text = line.repeat(Math.ceil(300_000 / line.length));
  const whole = estimateTokenCount(text);
  expect(Math.abs(estimateTokens(text) - whole) / whole).toBeLessThan(0.01);
});

test('samples reach from the first character to the last', () => {
  const half = 'word '.repeat(40_000);
  const mixed = half + '一'.repeat(half.length);
  const whole = estimateTokenCount(mixed);
  expect(Math.abs(estimateTokens(mixed) - whole) / whole).toBeLessThan(0.01);
});
