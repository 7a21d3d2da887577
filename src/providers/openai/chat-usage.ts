import { z } from 'zod';
import type { TokenUsage } from '../../core/completion.ts';

const count = z.int().nonnegative().optional().catch(undefined);

const usageSchema = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  /** DeepSeek's name for cached tokens. */
  prompt_cache_hit_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count }).optional().catch(undefined),
  completion_tokens_details: z.object({ reasoning_tokens: count }).optional().catch(undefined),
});

/**
 * A `usage` object in the gateway's terms; absent where it holds no count that can be read. OpenAI's prompt tokens
 * include the cached ones, and its completion tokens the reasoning; some vendors have the reasoning beside, and a total
 * that shows it.
 */
export function readUsage(value: unknown): TokenUsage | undefined {
  // Nearly every chunk of a stream says null.
  if (value === null || value === undefined) return undefined;
  const usage = usageSchema.safeParse(value).data;
  if (!usage) return undefined;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens;
  const read: TokenUsage = {
    input: usage.prompt_tokens,
    output: outputTokens(usage.prompt_tokens, usage.completion_tokens, reasoning, usage.total_tokens),
    cacheRead: usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens,
    cacheWrite: usage.prompt_tokens_details?.cache_write_tokens,
    reasoning,
  };
  return Object.values(read).some((tokens) => tokens !== undefined) ? read : undefined;
}

function outputTokens(prompt?: number, completion?: number, reasoning?: number, total?: number): number | undefined {
  if (prompt === undefined || completion === undefined || reasoning === undefined) return completion;
  return total === prompt + completion + reasoning ? completion + reasoning : completion;
}
