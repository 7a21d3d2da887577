import { describe, expect, it } from 'vitest';
import { boundTokens } from '../../../src/usage/bound-tokens.ts';
import { estimateTokens } from '../../../src/usage/estimate-tokens.ts';

describe('the estimate', () => {
  it('is 0 for no text', () => {
    expect(estimateTokens('')).toBe(0);
  });

  /** Counted by o200k_base: `npm run test:estimates` compares many more. */
  it.each([
    ['prose', 'Streams are cut now and then, and what had come by then is billed all the same. ', 18],
    ['Russian', 'Потоки иногда обрываются, и то, что успело прийти, всё равно оплачивается. ', 21],
    ['code', 'if (a !== b) {\n  return [...list, { id: 42, name: "x" }];\n}\n\n', 22],
    ['digits', '1234567890'.repeat(3), 10],
    ['rare letters', 'qjxzvkwq'.repeat(4), 20],
    ['blanks', ' \n\t\r'.repeat(10), 40],
    ['runs of blanks', 'x  '.repeat(100), 200],
    ['private use', '\ue000\ue001\ue002', 9],
  ])('of %s is at least two thirds of the tokens', (_, text, tokens) => {
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(tokens / 1.5);
    expect(estimateTokens(text)).toBeLessThan(tokens * 4);
  });

  it('counts all of a long text', () => {
    const half = 'word '.repeat(40_000);
    const sum = boundTokens(half) + boundTokens('一'.repeat(half.length));
    expect(boundTokens(half + '一'.repeat(half.length))).toBe(sum);
    const hidden = ` ${'1234567890'.repeat(100)}`.repeat(1_000);
    expect(estimateTokens(hidden)).toBeGreaterThan(hidden.length / 3 / 1.5);
  });

  it('takes a word of the table for one token only where the piece ends with it', () => {
    expect(boundTokens(' information')).toBe(1);
    expect(boundTokens(' information, information\n information')).toBeLessThanOrEqual(5);
    for (const after of ['q', 'Q', "'", 'é', '\u0301']) {
      expect(boundTokens(` information${after}`)).toBeGreaterThan(2);
    }
    expect(boundTokens(' abcdefghijkl')).toBeGreaterThan(3);
  });
});
