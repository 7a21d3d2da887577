import { describe, expect, test } from 'vitest';
import type { TokenUsage } from '../../../src/domain/response.ts';
import type { PriceData } from '../../../src/usage/price-data.ts';
import { PriceList } from '../../../src/usage/price-list.ts';
import { type PricedRequest, priceUsage } from '../../../src/usage/price-usage.ts';
import { pricedProvider } from '../../support/provider-options.ts';

/** Prices in dollars per million tokens: `2` is 2,000 nano-dollars a token. */
const data: PriceData = {
  version: 'test-1',
  vendors: {
    openai: {
      names: ['openai'],
      fallbacks: [],
      models: [
        { match: { equals: ['cheap'] }, prices: [{ input: '0.15', cacheRead: '0.075', output: '0.6' }] },
        { match: { equals: ['dear'] }, prices: [{ input: '2', output: '10' }] },
        { match: { equals: ['fraction'] }, prices: [{ input: '0.01875', output: '0' }] },
        { match: { equals: ['thinker'] }, prices: [{ input: '2', output: '8', reasoning: '3' }] },
        { match: { equals: ['embedder'] }, prices: [{ input: '0.02' }] },
        { match: { equals: ['by-the-hour'] }, prices: [] },
        { match: { equals: ['painter'] }, prices: [{ input: '5', inputImage: '8', output: '10', outputImage: '32' }] },
        { match: { equals: ['listener'] }, prices: [{ input: '2', inputAudio: '6', output: '10' }] },
      ],
    },
    anthropic: {
      names: ['anthropic'],
      fallbacks: [],
      models: [
        {
          match: { startsWith: ['claude-'] },
          prices: [
            {
              input: '3',
              cacheRead: '0.3',
              cacheWrite: '3.75',
              cacheWriteOneHour: '6',
              output: '15',
              webSearch: '10000',
            },
          ],
        },
      ],
    },
    long: {
      names: ['long'],
      fallbacks: [],
      models: [
        {
          match: { equals: ['tiered'] },
          prices: [
            {
              input: {
                base: '1',
                tiers: [
                  { above: 100, price: '2' },
                  { above: 200, price: '3' },
                ],
              },
              cacheRead: { base: '0.1', tiers: [{ above: 100, price: '0.2' }] },
              output: { base: '10', tiers: [{ above: 100, price: '20' }] },
            },
          ],
        },
      ],
    },
  },
};
const list = new PriceList(data);
const at = new Date('2026-11-23T12:00:00Z');

function price(provider: string, model: string, usage: TokenUsage | undefined, more: Partial<PricedRequest> = {}) {
  return priceUsage({ provider: pricedProvider(provider), model, usage, at, ...more }, list);
}
function cost(provider: string, model: string, usage: TokenUsage) {
  return price(provider, model, usage).costNanoUsd;
}
const unknown = { costNanoUsd: null, priceVersion: null };

test('input and output tokens have their own prices, and the list its version', () => {
  expect(price('openai', 'cheap', { input: 14, output: 156 })).toEqual({
    costNanoUsd: 95_700n,
    priceVersion: 'test-1',
  });
});

describe('cached input', () => {
  test('that was read costs its own price, the rest the full one', () => {
    expect(cost('openai', 'cheap', { input: 1000, cacheRead: 400, output: 0 })).toBe(600n * 150n + 400n * 75n);
  });

  test('that was written for five minutes or for an hour costs more', () => {
    const usage = { input: 1000, cacheRead: 100, cacheWrite: 500, cacheWriteOneHour: 200, output: 10 };
    const expected = 400n * 3000n + 100n * 300n + 300n * 3750n + 200n * 6000n + 10n * 15_000n;
    expect(cost('claude', 'claude-x', usage)).toBe(expected);
  });

  test('costs as much as other input where the list has no price for it', () => {
    const usage = { input: 1000, cacheRead: 300, cacheWrite: 500, cacheWriteOneHour: 200, output: 0 };
    expect(cost('openai', 'dear', usage)).toBe(1000n * 2000n);
  });

  test('that is more than all input is charged, and nothing is taken off for it', () => {
    expect(cost('openai', 'cheap', { input: 10, cacheRead: 1000, output: 0 })).toBe(1000n * 75n);
    expect(cost('claude', 'claude-x', { input: 0, cacheWriteOneHour: 5, output: 0 })).toBe(5n * 6000n);
    expect(cost('claude', 'claude-x', { input: 9, cacheWrite: 5, cacheWriteOneHour: 9, output: 0 })).toBe(9n * 6000n);
  });
});

describe('reasoning', () => {
  test('is output and costs what output costs', () => {
    expect(cost('openai', 'dear', { input: 0, output: 100, reasoning: 60 })).toBe(100n * 10_000n);
  });

  test('has its own price where the list has one', () => {
    expect(cost('openai', 'thinker', { input: 0, output: 100, reasoning: 60 })).toBe(40n * 8000n + 60n * 3000n);
  });

  test('that is more than all output is charged, and nothing is taken off for it', () => {
    expect(cost('openai', 'thinker', { input: 0, output: 1, reasoning: 60 })).toBe(60n * 3000n);
  });
});

describe('long context', () => {
  test.each([
    [100, 100n * 1000n + 10n * 10_000n],
    [101, 101n * 2000n + 10n * 20_000n],
    [200, 200n * 2000n + 10n * 20_000n],
    [201, 201n * 3000n + 10n * 20_000n],
  ])('with %d input tokens the whole request is in one tier, output too', (input, expected) => {
    expect(cost('long', 'tiered', { input, output: 10 })).toBe(expected);
  });

  test('is measured with cached tokens in it', () => {
    expect(cost('long', 'tiered', { input: 101, cacheRead: 100, output: 0 })).toBe(1n * 2000n + 100n * 200n);
  });
});

test.each([
  [1, 19n],
  [2, 38n],
  [4, 75n],
  [10, 188n],
])('%d tokens at 18.75 nano-dollars are %d: rounded once, half up', (input, expected) => {
  expect(cost('openai', 'fraction', { input, output: 0 })).toBe(expected);
});

describe('the model', () => {
  const usage = { input: 1, output: 0 };

  test('that the provider reports sets the price', () => {
    expect(price('openai', 'cheap', usage, { reportedModel: 'dear' }).costNanoUsd).toBe(2000n);
  });

  test.each(['never-heard-of', 'by-the-hour', ''])(
    'asked for sets it where the list has no price for the reported "%s"',
    (reportedModel) => {
      expect(price('openai', 'dear', usage, { reportedModel }).costNanoUsd).toBe(2000n);
    },
  );

  test.each([
    ['openai', 'never-heard-of'],
    ['openai', 'by-the-hour'],
    ['openai', 'claude-x'],
    ['my-openai', 'cheap'],
    ['constructor', 'cheap'],
  ])('%s %s has no known price, which is not a price of 0', (provider, model) => {
    expect(price(provider, model, usage)).toEqual(unknown);
  });
});

describe('a search on the web', () => {
  const usage = { input: 1000, output: 100, webSearches: 5 };

  test('costs its fee beside the tokens', () => {
    expect(cost('claude', 'claude-x', usage)).toBe(1000n * 3000n + 100n * 15_000n + 5n * 10_000_000n);
  });

  test('has no known price where the list has no fee', () => {
    expect(price('openai', 'cheap', usage)).toEqual(unknown);
    expect(cost('openai', 'cheap', { ...usage, webSearches: 0 })).toBe(1000n * 150n + 100n * 600n);
  });
});

test('a usage with a part that no list prices has no known price', () => {
  expect(price('openai', 'cheap', { input: 1, output: 1, unpriced: true })).toEqual(unknown);
  expect(price('ollama', 'any', { input: 1, output: 1, unpriced: true }).costNanoUsd).toBe(0n);
});

describe('a call that had a price when it was admitted', () => {
  const usage = { input: 10, output: 10 };

  test('has that of the requested model where the reported one has no price for its output', () => {
    expect(price('openai', 'cheap', usage, { reportedModel: 'embedder' }).costNanoUsd).toBe(7500n);
  });

  test('keeps it where the price is not known any more', () => {
    const admittedPrices = list.findFirst(pricedProvider('openai'), ['dear'], at);
    expect(price('openai', 'gone', usage, { admittedPrices }).costNanoUsd).toBe(120_000n);
    expect(price('openai', 'cheap', usage, { admittedPrices }).costNanoUsd).toBe(7500n);
    expect(price('openai', 'gone', { ...usage, unpriced: true }, { admittedPrices })).toEqual(unknown);
  });
});

describe('missing counts', () => {
  test.each([
    undefined,
    {},
    { input: 5 },
    { output: 5 },
    { input: -1, output: 5 },
    { input: 1.5, output: 5 },
    { input: 5, output: Number.NaN },
  ])('%o leaves the cost unknown', (usage) => {
    expect(price('openai', 'cheap', usage)).toEqual(unknown);
  });

  test('of output do not matter for a model whose output has no price', () => {
    expect(cost('openai', 'embedder', { input: 1000 })).toBe(20_000n);
    expect(cost('openai', 'embedder', { input: 1000, output: 0 })).toBe(20_000n);
    expect(price('openai', 'embedder', { input: 1000, output: 1 })).toEqual(unknown);
  });

  test('of a part leave it in the whole', () => {
    expect(cost('openai', 'cheap', { input: 10, cacheRead: undefined, cacheWrite: -3, output: 0 })).toBe(1500n);
  });
});

test.each(['ollama', 'stub'])('%s costs nothing, with or without counts', (provider) => {
  const free = { costNanoUsd: 0n, priceVersion: 'free' };
  expect(price(provider, 'any', { input: 9, output: 9 })).toEqual(free);
  expect(price(provider, 'any', undefined)).toEqual(free);
});

describe('pictures and audio', () => {
  test('have their own prices', () => {
    expect(cost('openai', 'painter', { input: 10, imageInput: 4, output: 7, imageOutput: 6 })).toBe(
      6n * 5_000n + 4n * 8_000n + 10_000n + 6n * 32_000n,
    );
    expect(cost('openai', 'listener', { input: 10, audioInput: 10, output: 7 })).toBe(10n * 6_000n + 7n * 10_000n);
  });

  test('have no known price as input where the list has none', () => {
    expect(cost('openai', 'dear', { input: 10, imageInput: 1, output: 1 })).toBeNull();
    expect(cost('openai', 'painter', { input: 10, audioInput: 1, output: 1 })).toBeNull();
    expect(cost('openai', 'dear', { input: 10, imageInput: 0, audioInput: 0, output: 1 })).toBe(30_000n);
  });

  test('cost as output what the one price of output says', () => {
    expect(cost('openai', 'listener', { input: 0, output: 7, imageOutput: 7 })).toBe(70_000n);
    expect(cost('openai', 'painter', { input: 0, output: 7, audioOutput: 7 })).toBe(70_000n);
  });
});
