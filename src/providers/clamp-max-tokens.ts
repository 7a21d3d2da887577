import type { ChatRequest } from '../domain/request.ts';
import type { ProviderDescriptor } from './descriptor.ts';
import { findModelFacts } from './model-facts.ts';

/**
 * Returns the bound on output tokens, at most what the model can write. In a strict request, and for a model whose maximum is not
 * known, the bound stays as it is.
 */
export function clampMaxTokens(
  { model, maxTokens, translation }: ChatRequest,
  { getMaxOutputTokens, pricingVendor }: Pick<ProviderDescriptor, 'getMaxOutputTokens' | 'pricingVendor'>,
): number | undefined {
  if (!translation || maxTokens === undefined) return maxTokens;
  const max = getMaxOutputTokens?.(model.toLowerCase()) ?? findModelFacts(pricingVendor, model)?.maxOutputTokens;
  if (max === undefined || maxTokens <= max) return maxTokens;
  translation.adjust(['max_tokens']);
  return max;
}
