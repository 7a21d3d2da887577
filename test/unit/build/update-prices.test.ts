import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { MatchLogic, Provider } from '@pydantic/genai-prices';
import { describe, expect, test } from 'vitest';
import { formatPrices, slicePrices } from '../../../src/build/slice-prices.ts';
import { buildPriceData } from '../../../src/build/update-prices.ts';
import { parseDecimal } from '../../../src/domain/money.ts';
import { PriceList } from '../../../src/usage/price-list.ts';

const committed = readFileSync(new URL('../../../src/usage/prices.json', import.meta.url), 'utf8');

function vendor(
  match: MatchLogic,
  prices: Provider['models'][number]['prices'],
  more: Partial<Provider> = {},
): Provider {
  return { id: 'v', name: 'V', api_pattern: '', models: [{ id: 'm', match, prices }], ...more };
}
function sliceModel(match: MatchLogic, prices: Provider['models'][number]['prices'] = {}) {
  return slicePrices([vendor(match, prices)], '1.2.3', {}).vendors.v?.models[0];
}

describe('the committed price list', () => {
  test('is what the installed data set gives (if not: npm run prices:update)', () => {
    expect(formatPrices(buildPriceData()) === committed).toBe(true);
  });

  test('has prices that can be read, to the last one', () => {
    const texts = [...committed.matchAll(/"(?:input|output|cache\w+|reasoning|webSearch|base|price)":"([^"]*)"/g)].map(
      ([, text = '']) => text,
    );
    expect(texts.length).toBeGreaterThan(2000);
    for (const text of texts) expect(() => parseDecimal(text, 18)).not.toThrow();
  });

  test('is small enough to travel in the Worker', () => {
    expect(gzipSync(committed).length).toBeLessThan(25 * 1024);
  });
});

describe('models that bill more than their tokens', () => {
  const list = new PriceList(JSON.parse(committed));
  const find = (vendor: string, model: string) => list.find(vendor, model, new Date('2026-11-23'));

  test.each([
    ['openai', 'gpt-4o-search-preview'],
    ['openai', 'gpt-4o-mini-search-preview-2025-03-11'],
    ['openrouter', 'openai/gpt-4o-search-preview'],
    ['openrouter', 'perplexity/sonar-pro'],
    ['google', 'gemini-2.5-flash-image'],
  ])('%s %s has no price', (vendor, model) => {
    expect(find(vendor, model)).toBeUndefined();
  });

  test.each([
    ['openai', 'gpt-4o'],
    ['openai', 'gpt-4o-mini'],
    ['openrouter', 'perplexity/r1-1776'],
    ['google', 'gemini-2.5-flash'],
  ])('%s %s has one', (vendor, model) => {
    expect(find(vendor, model)).toBeDefined();
  });
});

describe('a slice', () => {
  test('keeps token prices as the digits they were written with', () => {
    const prices = { input_mtok: 0.1, output_mtok: 0.08333333333333334, requests_kcount: 5 };
    expect(sliceModel({ equals: 'M' }, prices)).toEqual({
      match: { equals: ['m'] },
      prices: [{ input: '0.1', output: '0.08333333333333334' }],
    });
  });

  test('has the fee of a million searches on the web', () => {
    const prices = { input_mtok: 1, web_searches_kcount: 2.5 };
    expect(sliceModel({ equals: 'm' }, prices)?.prices).toEqual([{ input: '1', webSearch: '2500' }]);
  });

  test('refuses a price that has no plain decimal form', () => {
    expect(() => sliceModel({ equals: 'm' }, { input_mtok: 1e-7 })).toThrow(RangeError);
  });

  test('keeps a model without token prices, but no price for it', () => {
    expect(sliceModel({ equals: 'm' }, { audio_hours: 1 })).toEqual({ match: { equals: ['m'] }, prices: [] });
  });

  test('gathers the lines of a rule by their kind', () => {
    const and = { and: [{ contains: 'c' }, { regex: 'R' }] };
    const or = { or: [{ equals: 'A' }, { or: [{ equals: 'b' }, { starts_with: 's' }] }, { ends_with: 'e' }, and, and] };
    const all = [{ contains: ['c'] }, { regex: ['R'] }];
    const match = { equals: ['a', 'b'], startsWith: ['s'], endsWith: ['e'], all: [all, all] };
    expect(sliceModel(or)?.match).toEqual(match);
  });

  test('refuses a kind of rule that it does not know', () => {
    const rule: Record<string, string> = { sounds_like: 'm' };
    expect(() => sliceModel(rule as MatchLogic)).toThrow('sounds_like');
  });

  test('takes the words that a vendor is known by as its names', () => {
    const provider_match = { or: [{ contains: 'Vertex' }, { equals: 'v' }, { starts_with: 'gem' }] };
    const slice = slicePrices([vendor({ equals: 'm' }, {}, { provider_match })], '1.2.3', {});
    expect(slice.vendors.v?.names).toEqual(['v', 'vertex', 'gem']);
  });
});

describe('an override', () => {
  const source = [vendor({ equals: 'm' }, { input_mtok: 1 })];
  const override = { match: { equals: ['m'] }, prices: [{ input: '2' }] };

  test('is asked first, and changes the version', () => {
    const slice = slicePrices(source, '1.2.3', { v: [override] });
    expect(slice.vendors.v?.models.map(({ prices }) => prices[0]?.input)).toEqual(['2', '1']);
    expect(slice.version).toMatch(/^genai-prices-1\.2\.3\+[0-9a-f]{8}$/);
    expect(slice.version).not.toBe(slicePrices(source, '1.2.3', {}).version);
  });

  test('for a vendor that is not in the list is refused', () => {
    expect(() => slicePrices(source, '1.2.3', { w: [override] })).toThrow('"w"');
  });
});
