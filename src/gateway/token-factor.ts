import type { PricedProvider } from '../usage/price-source.ts';

/** Claude's tokenizer makes more tokens than o200k_base: up to 1.35 times as many. */
const claudeTokenFactor = 1.35;

interface ModelTarget {
  readonly model: string;
  readonly provider: Pick<PricedProvider, 'pricingVendor'>;
}

/** Returns how many tokens a model may make of a text where o200k_base makes one. */
export function getTokenFactor(target: ModelTarget): number {
  return isClaude(target) ? claudeTokenFactor : 1;
}

export function isClaude({ model, provider }: ModelTarget): boolean {
  return provider.pricingVendor === 'anthropic' || /claude/i.test(model);
}
