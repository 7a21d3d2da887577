import { describe, expect, it } from 'vitest';
import { estimateMaxCost } from '../../../src/gateway/estimate-max-cost.ts';
import type { RequestSize } from '../../../src/gateway/gateway-request.ts';
import { prices } from '../../../src/usage/prices.ts';
import { pricedProvider } from '../../support/provider-options.ts';

const at = new Date('2026-06-01T00:00:00Z');

function estimate(providerId: string, model: string, size: Partial<RequestSize> = {}) {
  const provider = pricedProvider(providerId);
  return estimateMaxCost({ input: 1_000, maxOutput: undefined, ...size }, { provider, model, at }, prices);
}

describe('the tokens of a reply without a bound', () => {
  it.each([
    ['gpt-4', 8_192],
    ['gpt-4-0613', 8_192],
    ['gpt-4-turbo-2024-04-09', 4_096],
    ['gpt-4o', 16_384],
    ['gpt-4o-mini', 16_384],
    ['GPT-4o-mini', 16_384],
    ['gpt-4.1-mini', 32_768],
    ['gpt-5-nano', 128_000],
    ['gpt-5.1', 32_768],
    ['gpt-3.5-turbo', 4_096],
    ['chatgpt-4o-latest', 16_384],
    ['o1', 100_000],
    ['o1-mini-2024-09-12', 65_536],
    ['o3-pro', 100_000],
    ['o4-mini', 100_000],
    ['claude-3-haiku-20240307', 4_096],
    ['claude-opus-4-5', 64_000],
    ['Claude-Opus-4-5', 64_000],
    ['claude-sonnet-4-0', 64_000],
    ['claude-next', 8_192],
    ['claude', 8_192],
    ['xclaude-opus-4-5', 32_768],
    ['llama3.2', 32_768],
    ['gpt', 32_768],
    ['constructor', 32_768],
    ['', 32_768],
  ])('of "%s" are %d, whichever provider serves it', (model, output) => {
    for (const provider of ['openai', 'claude', 'ollama', 'stub', 'acme']) {
      expect(estimate(provider, model).tokens).toBe(1_000 + output);
    }
  });

  it('counts each of several replies', () => {
    expect(estimate('openai', 'gpt-4o', { replies: 3 }).tokens).toBe(1_000 + 3 * 16_384);
  });
});

describe('the cost of a call at most', () => {
  it.each([
    // 1,000 × 150 + 16,384 × 600 nano-dollars.
    ['openai', 'gpt-4o-mini', 9_980_400n],
    // 1,000 × 3,000 + 64,000 × 15,000 nano-dollars.
    ['claude', 'claude-sonnet-4-5', 963_000_000n],
    ['ollama', 'llama3.2', 0n],
    ['ollama', 'gpt-4o-mini', 0n],
    ['stub', 'stub', 0n],
    ['openai', 'mystery', null],
    ['acme', 'gpt-4o-mini', null],
    ['free', 'gpt-4o-mini', null],
  ])('of %s with %s is %s nano-dollars', (provider, model, costNanoUsd) => {
    expect(estimate(provider, model).costNanoUsd).toBe(costNanoUsd);
  });

  it('is at least one nano-dollar where the provider is not free', () => {
    expect(estimate('openai', 'gpt-4o-mini', { input: 0, maxOutput: 0 }).costNanoUsd).toBe(1n);
    expect(estimate('stub', 'stub', { input: 0, maxOutput: 0 }).costNanoUsd).toBe(0n);
  });
});

describe('the input', () => {
  const nanoUsdPerToken = 150n;
  const inputOf = (model: string, size: Partial<RequestSize>) => {
    const { costNanoUsd } = estimate('openai', model, { maxOutput: 0, ...size });
    return Number((costNanoUsd ?? 0n) / nanoUsdPerToken);
  };

  it('is the context window at most', () => {
    expect(inputOf('gpt-4o-mini', { input: 100_000 })).toBe(100_000);
    expect(inputOf('gpt-4o-mini', { input: 500_000 })).toBe(128_000);
    expect(inputOf('gpt-4o-mini', { input: 500_000, separateInputs: 3 })).toBe(384_000);
    expect(inputOf('gpt-4o-mini', { input: 500_000, minContextWindow: 200_000 })).toBe(200_000);
  });

  it('is the whole context window where only the provider sees a part of it', () => {
    expect(inputOf('gpt-4o-mini', { input: 10, hasHiddenInput: true })).toBe(128_000);
    expect(estimate('acme', 'mystery', { input: 10, maxOutput: 5, hasHiddenInput: true })).toMatchObject({
      tokens: 1_048_581,
      visibleTokens: 15,
    });
  });

  it('is priced in a dearer tier where it may be half as large again', () => {
    const costOf = (input: number) =>
      Number(estimate('claude', 'claude-sonnet-4-5', { input, maxOutput: 0 }).costNanoUsd);
    expect(costOf(120_000)).toBe(120_000 * 3_000);
    // 210,000 tokens are priced at 6,000 nano-dollars each, and two thirds of that are reserved.
    expect(costOf(140_000)).toBe(140_000 * 6_000);
  });
});

it('counts predicted output beside the reply', () => {
  expect(estimate('openai', 'gpt-4o', { maxOutput: 100, predicted: 50 }).tokens).toBe(1_150);
});

describe('pictures and audio', () => {
  it('are reserved at their own prices', () => {
    const drawn = { input: 1_000, maxOutput: 1_000, replies: 2, outputMedia: 'image' } as const;
    expect(estimate('openai', 'gpt-image-1.5', drawn).costNanoUsd).toBe(1_000n * 5_000n + 2_000n * 32_000n);
    const edited = { ...drawn, inputMedia: 'image' } as const;
    expect(estimate('openai', 'gpt-image-1.5', edited).costNanoUsd).toBe(1_000n * 8_000n + 2_000n * 32_000n);
  });

  it('are reserved by the context window where their length is not known', () => {
    const heard = { input: 0, maxOutput: 100, hasHiddenInput: true, inputMedia: 'audio' } as const;
    expect(estimate('openai', 'gpt-4o-transcribe', heard).costNanoUsd).toBe(16_000n * 6_000n + 100n * 10_000n);
  });

  it('have no known maximum where the list has no price for them', () => {
    expect(estimate('openai', 'gpt-4o', { inputMedia: 'audio' }).costNanoUsd).toBeNull();
    expect(estimate('openai', 'whisper-1', { inputMedia: 'audio' }).costNanoUsd).toBeNull();
  });
});

it('reserves the input once more for each reply that repeats it', () => {
  const size = { input: 1_000, maxOutput: 10, replies: 2, echoes: 2 };
  expect(estimate('openai', 'gpt-3.5-turbo-instruct', size)).toMatchObject({
    tokens: 1_000 + 2_020,
    costNanoUsd: 1_000n * 1_500n + 2_020n * 2_000n,
  });
});
