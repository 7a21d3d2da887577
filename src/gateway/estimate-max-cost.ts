import { getClaudeMaxOutputTokens as ofClaude } from '../providers/anthropic/anthropic-max-output-tokens.ts';
import ofOpenAi from '../providers/openai/openai-max-output-tokens.json' with { type: 'json' };
import type { PriceSource } from '../usage/price-source.ts';
import { isFree, priceUsage } from '../usage/price-usage.ts';
import type { RequestSize } from './gateway-request.ts';

/** What a call may come to at most. */
export interface MaxCost {
  readonly tokens: number;
  /** Nano-dollars; null where the model's price is not known. */
  readonly costNanoUsd: bigint | null;
}

/** A model that no table knows. */
const unknownModel = 32_768;
/** Longest first, so that `gpt-4.1-mini` is not taken for `gpt-4`. Source: platform.openai.com/docs/models, November 2026. */
const families = Object.entries(ofOpenAi).sort(([left], [right]) => right.length - left.length);

/** What a call may come to: its input by estimate, and as long a reply as it asks for, or as its model can write. */
export function estimateMaxCost(
  { input, maxOutput, replies = 1, caches = false, unpriced }: RequestSize,
  { provider, model, at }: { readonly provider: string; readonly model: string; readonly at: Date },
  prices: PriceSource,
): MaxCost {
  const output = replies * (maxOutput ?? getMaxOutputTokens(model));
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

function getMaxOutputTokens(model: string): number {
  const name = model.toLowerCase();
  if (name.startsWith('claude')) return ofClaude(name);
  return families.find(([family]) => name === family || name.startsWith(`${family}-`))?.[1] ?? unknownModel;
}
