import type { MaxUsage } from '../limits/types.ts';
import { builtInProviders } from '../providers/catalog.ts';
import type { PricedProvider, PriceSource } from '../usage/price-source.ts';
import { isFree, priceUsage } from '../usage/price-usage.ts';
import type { RequestSize } from './gateway-request.ts';

/** For a model that no vendor claims. */
const defaultMaxOutputTokens = 32_768;
/** For a model whose context window is not known: that of the largest models that are common. */
const defaultContextWindow = 1_048_576;
/** Shorter inputs are in the first price tier of every model, even where the tokens are half as many again as estimated. */
const minTieredInput = 16_000;

interface PricedTarget {
  readonly provider: PricedProvider;
  readonly model: string;
  readonly at: Date;
}

/**
 * Estimates the most that a request can come to: its input, and a reply as long as it allows or as its model can write. Input that
 * only the provider sees is taken for as much as the model's context window holds.
 */
export function estimateMaxCost(size: RequestSize, target: PricedTarget, prices: PriceSource): MaxUsage {
  const { maxOutput, replies = 1, echoes = 0, predicted = 0, hasHiddenInput = false, compacts = false } = size;
  // A compaction reads the whole prompt and writes a summary, and then the reply begins.
  const rounds = compacts ? 2 : 1;
  const written = rounds * replies * (maxOutput ?? getMaxOutputTokens(target.model)) + predicted;
  const window = findContextWindow(size, target, prices);
  const visible = rounds * Math.min(size.input, window ?? size.input);
  const input = hasHiddenInput ? rounds * (window ?? Math.max(visible, defaultContextWindow)) : visible;
  const output = written + echoes * visible;
  const costNanoUsd = priceAtMost(size, { input, output }, target, prices);
  // Somewhat more than nothing, so that its budgets are asked: the model that answers may have a price.
  const minCostNanoUsd = isFree(target.provider) || costNanoUsd !== 0n ? costNanoUsd : 1n;
  return {
    tokens: input + output,
    ...(hasHiddenInput && { visibleTokens: visible + output }),
    costNanoUsd: minCostNanoUsd,
  };
}

function findContextWindow(
  { minContextWindow = 0, separateInputs = 1 }: RequestSize,
  { provider, model }: PricedTarget,
  prices: PriceSource,
): number | undefined {
  const window = prices.findContextWindow(provider, model);
  return window === undefined ? undefined : Math.max(window, minContextWindow) * separateInputs;
}

function priceAtMost(
  { caches = false, inputMedia, outputMedia, unpriced }: RequestSize,
  { input, output }: { readonly input: number; readonly output: number },
  target: PricedTarget,
  prices: PriceSource,
): bigint | null {
  const price = (tokens: number): bigint | null => {
    const usage = {
      input: tokens,
      output,
      ...(caches && { cacheWrite: tokens, cacheWriteOneHour: tokens }),
      ...(inputMedia === 'image' && { imageInput: tokens }),
      ...(inputMedia === 'audio' && { audioInput: tokens }),
      ...(outputMedia === 'image' && { imageOutput: output }),
      ...(outputMedia === 'audio' && { audioOutput: output }),
      ...(unpriced && { unpriced }),
    };
    return priceUsage({ ...target, usage }, prices).costNanoUsd;
  };
  const cost = price(input);
  if (cost === null || input < minTieredInput) return cost;
  // The input may be half as large again as estimated, and in a dearer tier then, which holds for the whole request.
  const costAbove = price(Math.ceil(input * 1.5)) ?? 0n;
  const tiered = (costAbove * 2n) / 3n;
  return tiered > cost ? tiered : cost;
}

/** Asks every vendor, for other providers serve its models under the same names. */
function getMaxOutputTokens(model: string): number {
  const name = model.toLowerCase();
  for (const descriptor of builtInProviders) {
    const tokens = descriptor.getMaxOutputTokens?.(name);
    if (tokens !== undefined) return tokens;
  }
  return defaultMaxOutputTokens;
}
