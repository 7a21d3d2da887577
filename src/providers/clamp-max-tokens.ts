import type { ChatRequest } from '../domain/request.ts';
import type { ProviderDescriptor } from './descriptor.ts';

/**
 * Returns the bound on output tokens, at most what the model can write. In a strict request, and for a model whose maximum is not
 * known, the bound stays as it is.
 */
export function clampMaxTokens(
  { model, maxTokens, translation }: ChatRequest,
  { getMaxOutputTokens }: Pick<ProviderDescriptor, 'getMaxOutputTokens'>,
): number | undefined {
  const max = getMaxOutputTokens?.(model.toLowerCase());
  if (!translation || maxTokens === undefined || max === undefined || maxTokens <= max) return maxTokens;
  translation.adjust(['max_tokens']);
  return max;
}
