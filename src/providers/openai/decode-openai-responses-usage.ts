import * as z from 'zod';
import type { TokenUsage } from '../../domain/response.ts';
import { isOtherTier } from './decode-openai-usage.ts';

const count = z.int().nonnegative().optional().catch(undefined);

const usageSchema = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count }).optional().catch(undefined),
  output_tokens_details: z.object({ reasoning_tokens: count }).optional().catch(undefined),
});

/**
 * The `usage` of a Responses reply in the gateway's terms; absent where it holds no count that can be read. The cached
 * tokens are a part of the input, the reasoning is a part of the output.
 */
export function readResponsesUsage(value: unknown, serviceTier?: string): TokenUsage | undefined {
  const usage = usageSchema.safeParse(value).data;
  if (!usage) return undefined;
  const read: TokenUsage = {
    input: usage.input_tokens,
    output: usage.output_tokens,
    cacheRead: usage.input_tokens_details?.cached_tokens,
    cacheWrite: usage.input_tokens_details?.cache_write_tokens,
    reasoning: usage.output_tokens_details?.reasoning_tokens,
  };
  if (Object.values(read).every((tokens) => tokens === undefined)) return undefined;
  return isOtherTier(serviceTier) ? { ...read, unpriced: true } : read;
}
