import * as z from 'zod';
import type { TokenUsage } from '../../domain/response.ts';
import { isUnlistedServiceTier } from '../is-unlisted-service-tier.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import { hasBilledExtras } from './has-billed-extras.ts';

const countSchema = z.int().nonnegative().optional().catch(undefined);

const usageSchema = z.object({
  input_tokens: countSchema,
  output_tokens: countSchema,
  input_tokens_details: z
    .object({ cached_tokens: countSchema, cache_write_tokens: countSchema })
    .optional()
    .catch(undefined),
  output_tokens_details: z.object({ reasoning_tokens: countSchema }).optional().catch(undefined),
});

/**
 * The `usage` of a Responses reply in the gateway's terms; absent where it holds no count that can be read. The cached
 * tokens are a part of the input, the reasoning is a part of the output. `isUnpriced` says whether the reply shows something
 * else that no price list contains.
 */
export function decodeOpenAiResponsesUsage(
  value: unknown,
  { serviceTier, isUnpriced }: { readonly serviceTier: string | undefined; readonly isUnpriced: boolean },
): TokenUsage | undefined {
  const usage = usageSchema.safeParse(value).data ?? {};
  const read: TokenUsage = {
    input: usage.input_tokens,
    output: usage.output_tokens,
    cacheRead: usage.input_tokens_details?.cached_tokens,
    cacheWrite: usage.input_tokens_details?.cache_write_tokens,
    reasoning: usage.output_tokens_details?.reasoning_tokens,
  };
  const isCounted = Object.values(read).some((tokens) => tokens !== undefined);
  if (isUnpriced || isUnlistedServiceTier(serviceTier) || hasBilledExtras(value))
    return markUnpriced(isCounted ? read : undefined);
  return isCounted ? read : undefined;
}
