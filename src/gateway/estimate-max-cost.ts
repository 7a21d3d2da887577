import { builtInProviders } from '../providers/catalog.ts';
import type { PricedProvider, PriceSource } from '../usage/price-source.ts';
import { isFree, priceUsage } from '../usage/price-usage.ts';
import type { RequestSize } from './gateway-request.ts';

/** What a call can come to at most. */
export interface MaxCost {
  readonly tokens: number;
  /** Nano-dollars; null where the model's price is not known. */
  readonly costNanoUsd: bigint | null;
}

/** For a model that no vendor claims. */
const defaultMaxOutputTokens = 32_768;

/** Estimates the most that a call can come to: its input, and a reply as long as it allows or as its model can write. */
export function estimateMaxCost(
  { input: prompt, maxOutput, replies = 1, caches = false, compacts = false, unpriced }: RequestSize,
  { provider, model, at }: { readonly provider: PricedProvider; readonly model: string; readonly at: Date },
  prices: PriceSource,
): MaxCost {
  // A compaction reads the whole prompt and writes a summary, and then the reply begins.
  const rounds = compacts ? 2 : 1;
  const input = rounds * prompt;
  const output = rounds * replies * (maxOutput ?? getMaxOutputTokens(model));
  const usage = {
    input,
    output,
    ...(caches && { cacheWrite: input, cacheWriteOneHour: input }),
    ...(unpriced && { unpriced }),
  };
  const { costNanoUsd } = priceUsage({ provider, model, usage, at }, prices);
  // Somewhat more than nothing, so that its budgets are asked: the model that answers may have a price.
  const minCostNanoUsd = isFree(provider) || costNanoUsd !== 0n ? costNanoUsd : 1n;
  return { tokens: input + output, costNanoUsd: minCostNanoUsd };
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
