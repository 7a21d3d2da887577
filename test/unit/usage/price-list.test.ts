import { describe, expect, test } from 'vitest';
import type { MatchRule, PeriodData, VendorData } from '../../../src/usage/price-data.ts';
import { PriceList } from '../../../src/usage/price-list.ts';
import { prices } from '../../../src/usage/prices.ts';

const noon = new Date('2026-11-23T12:00:00Z');

function listOf(vendors: Record<string, Partial<VendorData>>): PriceList {
  const complete = Object.entries(vendors).map(([id, vendor]) => [
    id,
    { names: [id], fallbacks: [], models: [], ...vendor },
  ]);
  return new PriceList({ version: 'test-1', vendors: Object.fromEntries(complete) });
}
function listOfModel(prices: PeriodData[], match: MatchRule = { equals: ['m'] }): PriceList {
  return listOf({ v: { models: [{ match, prices }] } });
}
/** The input price in dollars per million tokens. */
function inputPrice(list: PriceList, model = 'm', at = noon, vendor = 'v'): number | undefined {
  const rate = list.find(vendor, model, at)?.input;
  return rate && Number(rate.base) / 1e18;
}

describe('a model is found', () => {
  test.each<[string, MatchRule, string[], string[]]>([
    ['by its name', { equals: ['a', 'b'] }, ['a', 'b', 'A', ' b '], ['ab', '']],
    ['by its start', { startsWith: ['gpt-'] }, ['gpt-4', 'GPT-4'], ['my-gpt-4']],
    ['by its end', { endsWith: ['-mini'] }, ['gpt-mini'], ['gpt-mini-2']],
    ['by a part', { contains: ['sonnet'] }, ['claude-sonnet-9'], ['claude-opus']],
    ['by a pattern', { regex: ['^o\\d$'] }, ['o3'], ['o33']],
    ['by any of several', { equals: ['x'], startsWith: ['y'] }, ['x', 'yy'], ['xx']],
    ['by all of several', { all: [[{ startsWith: ['a'] }, { endsWith: ['z'] }]] }, ['a-z'], ['a', 'z']],
    ['by a date, dashes or not', { equals: ['m-2025-05-14'] }, ['m-2025-05-14', 'm-20250514'], ['m-20251399']],
    ['never by an empty rule', {}, [], ['', 'a']],
  ])('%s', (_how, match, names, others) => {
    const list = listOfModel([{ input: '1' }], match);
    for (const name of names) expect([name, inputPrice(list, name)]).toEqual([name, 1]);
    for (const name of others) expect([name, inputPrice(list, name)]).toEqual([name, undefined]);
  });

  test('by the first rule that matches, even one without a price', () => {
    const models = [
      { match: { equals: ['a-tts'] }, prices: [] },
      { match: { startsWith: ['a'] }, prices: [{ input: '1' }] },
      { match: { contains: ['b'] }, prices: [{ input: '2' }] },
    ];
    const list = listOf({ v: { models } });
    expect(['a-tts', 'ab', 'b'].map((name) => inputPrice(list, name))).toEqual([undefined, 1, 2]);
  });

  test('among the vendors whose models its vendor resells, after its own', () => {
    const list = listOf({
      v: { fallbacks: ['w', 'gone'], models: [{ match: { equals: ['a'] }, prices: [{ input: '1' }] }] },
      w: { models: [{ match: { startsWith: ['a', 'b'] }, prices: [{ input: '2' }] }] },
    });
    expect(['a', 'b', 'c'].map((name) => inputPrice(list, name))).toEqual([1, 2, undefined]);
  });

  test('under every name of its vendor, in any case', () => {
    const list = listOf({
      v: { names: ['v', 'vee'], models: [{ match: { equals: ['m'] }, prices: [{ input: '1' }] }] },
    });
    expect(['v', 'V', 'vee', 'veer'].map((name) => inputPrice(list, 'm', noon, name))).toEqual([1, 1, 1, undefined]);
  });
});

describe('a price holds', () => {
  test('from its date on', () => {
    const list = listOfModel([{ input: '1' }, { from: '2026-03-13', input: '2' }, { from: '2026-08-01', input: '3' }]);
    const days = [
      '2026-03-12T23:59:59.999Z',
      '2026-03-13T00:00:00Z',
      '2026-07-31T23:59:59.999Z',
      '2026-08-01T00:00:00Z',
    ];
    expect(days.map((day) => inputPrice(list, 'm', new Date(day)))).toEqual([1, 2, 2, 3]);
  });

  test('before its date too where it is the oldest', () => {
    const list = listOfModel([{ from: '2026-03-13', input: '1' }]);
    expect(inputPrice(list, 'm', new Date('2020-01-01'))).toBe(1);
  });

  test.each([
    [{ start: 1800, end: 59_400 }, ['00:29:59.999', '00:30:00', '16:29:59.999', '16:30:00'], [1, 2, 2, 1]],
    [{ start: 59_400, end: 1800 }, ['00:29:59.999', '00:30:00', '16:29:59.999', '16:30:00'], [2, 1, 1, 2]],
  ])('in its hours: %o', (daily, times, expected) => {
    const list = listOfModel([{ input: '1' }, { daily, input: '2' }]);
    expect(times.map((time) => inputPrice(list, 'm', new Date(`2026-11-23T${time}Z`)))).toEqual(expected);
  });
});

describe('the result of a search', () => {
  /** Counts how often the one rule of a list is tried. */
  function countedList() {
    const counted = { searches: 0, list: listOf({}) };
    const match = {
      get equals() {
        counted.searches += 1;
        return ['m'];
      },
    };
    counted.list = listOfModel([{ input: '1' }], match);
    return counted;
  }

  test('is cached, found or not', () => {
    const counted = countedList();
    for (const model of ['m', 'm', 'x', 'm', 'x']) inputPrice(counted.list, model);
    expect(counted.searches).toBe(2);
  });

  test('is evicted after 2,000 newer names, so that invented names do not fill the memory', () => {
    const counted = countedList();
    inputPrice(counted.list);
    for (let i = 1; i < 2000; i++) inputPrice(counted.list, `made-up-${i}`);
    expect([inputPrice(counted.list), counted.searches]).toEqual([1, 2000]);
    inputPrice(counted.list, 'made-up-2000');
    expect([inputPrice(counted.list), counted.searches]).toEqual([1, 2002]);
  });

  test('is empty for a name that is too long', () => {
    const counted = countedList();
    expect(inputPrice(counted.list, `m${' '.repeat(200)}`)).toBeUndefined();
    expect(counted.searches).toBe(0);
  });
});

test('the bundled list has the prices of common providers and models', () => {
  expect(prices.version).toMatch(/^genai-prices-\d+\.\d+\.\d+\+[0-9a-f]{8}$/);
  const expected = [
    ['openai', 'gpt-4o-mini', 0.15],
    ['openai', 'gpt-4o-mini-2024-07-18', 0.15],
    ['anthropic', 'claude-sonnet-4-5-20250929', 3],
    ['xai', 'grok-4', 3],
    ['groq', 'llama-3.3-70b-versatile', 0.59],
    ['gemini', 'gemini-2.5-flash', 0.3],
    ['azure', 'gpt-4o-mini', 0.15],
    ['openrouter', 'openai/gpt-oss-20b:free', 0],
  ] as const;
  const found = expected.map(([vendor, model]) => [vendor, model, inputPrice(prices, model, noon, vendor)]);
  expect(found).toEqual(expected);
  expect(inputPrice(prices, 'mistral-small', noon, 'mistral-on-my-desk')).toBeUndefined();
});
