import type { TokenUsage } from '../../domain/response.ts';
import { isUnlistedServiceTier } from '../is-unlisted-service-tier.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import { hasBilledExtras } from './has-billed-extras.ts';

/**
 * A `usage` object in the gateway's terms; absent where it holds no count that can be read. OpenAI's prompt tokens
 * include the cached ones, and its completion tokens the reasoning; some vendors have the reasoning beside, and a total
 * that shows it. The tier is the one that the reply says it was served in.
 */
export function decodeOpenAiUsage(value: unknown, serviceTier?: string): TokenUsage | undefined {
  const prompt = asCount(value, 'prompt_tokens');
  const completion = asCount(value, 'completion_tokens');
  const promptDetails = getField(value, 'prompt_tokens_details');
  const completionDetails = getField(value, 'completion_tokens_details');
  const reasoning = asCount(completionDetails, 'reasoning_tokens');
  const read: TokenUsage = {
    input: prompt,
    output: outputTokens(prompt, completion, reasoning, asCount(value, 'total_tokens')),
    // DeepSeek has its own name for cached tokens.
    cacheRead: asCount(promptDetails, 'cached_tokens') ?? asCount(value, 'prompt_cache_hit_tokens'),
    cacheWrite: asCount(promptDetails, 'cache_write_tokens'),
    reasoning,
  };
  const isCounted = Object.values(read).some((tokens) => tokens !== undefined);
  if (isUnlistedServiceTier(serviceTier) || hasBilledExtras(value)) return markUnpriced(isCounted ? read : undefined);
  return isCounted ? read : undefined;
}

function outputTokens(prompt?: number, completion?: number, reasoning?: number, total?: number): number | undefined {
  if (prompt === undefined || completion === undefined || reasoning === undefined) return completion;
  return total === prompt + completion + reasoning ? completion + reasoning : completion;
}

function getField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** What is no count counts as absent, never as 0. */
function asCount(value: unknown, name: string): number | undefined {
  const tokens = getField(value, name);
  return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : undefined;
}
