import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { measureEstimates } from './measure-estimates.ts';
import { searchTexts } from './search-texts.ts';
import { textKinds } from './token-texts.ts';

const minRatio = 1 / 1.5;
const maxEnglishRatio = 2;

it('estimates are at least two thirds of the tokens, and at most twice the tokens for English prose', {
  timeout: 120_000,
}, () => {
  for (const { kind, ratios } of measureEstimates([1, 30])) {
    for (const { kib, min, max } of ratios) {
      expect(min, `${kind}, ${kib} KiB`).toBeGreaterThanOrEqual(minRatio);
      if (kind === 'English prose') expect(max).toBeLessThanOrEqual(maxEnglishRatio);
    }
  }
});

it('a search finds no text whose estimate is below two thirds of its tokens', { timeout: 120_000 }, () => {
  const { ratio, text } = searchTexts({ tries: 2_000, seed: 11 });
  expect(1 / ratio, JSON.stringify(text)).toBeGreaterThanOrEqual(minRatio);
});

it('the page has a row for each kind of text', () => {
  const page = readFileSync(new URL('../../docs/explanation/token-estimates.md', import.meta.url), 'utf8');
  const rows = page.match(/^\| (.*?) \|/gm)?.map((cell) => cell.slice(2, -2)) ?? [];
  expect(rows).toEqual(expect.arrayContaining(Object.keys(textKinds)));
  const ratios = [...page.matchAll(/(?<=\| )[\d.]+(?=–| \|)/g)].map(([ratio]) => Number(ratio));
  expect(ratios.length).toBeGreaterThan(0);
});
