import type { TokenUsage } from '../../domain/response.ts';

/**
 * A `usage` object in the gateway's terms; absent where it holds no count that can be read. OpenAI's prompt tokens
 * include the cached ones, and its completion tokens the reasoning; some vendors have the reasoning beside, and a total
 * that shows it. The tier is the one that the reply says it was served in.
 */
export function readUsage(value: unknown, serviceTier?: string): TokenUsage | undefined {
  const prompt = count(value, 'prompt_tokens');
  const completion = count(value, 'completion_tokens');
  const promptDetails = field(value, 'prompt_tokens_details');
  const completionDetails = field(value, 'completion_tokens_details');
  const reasoning = count(completionDetails, 'reasoning_tokens');
  const read: TokenUsage = {
    input: prompt,
    output: outputTokens(prompt, completion, reasoning, count(value, 'total_tokens')),
    // DeepSeek has its own name for cached tokens.
    cacheRead: count(promptDetails, 'cached_tokens') ?? count(value, 'prompt_cache_hit_tokens'),
    cacheWrite: count(promptDetails, 'cache_write_tokens'),
    reasoning,
  };
  if (Object.values(read).every((tokens) => tokens === undefined)) return undefined;
  const hasSound = [promptDetails, completionDetails].some((details) => count(details, 'audio_tokens'));
  return hasSound || isOtherTier(serviceTier) ? { ...read, unpriced: true } : read;
}

/** Whether a service tier of OpenAI's has other prices than those of its models. */
export function isOtherTier(tier: unknown): boolean {
  return tier === 'priority' || tier === 'flex';
}

function outputTokens(prompt?: number, completion?: number, reasoning?: number, total?: number): number | undefined {
  if (prompt === undefined || completion === undefined || reasoning === undefined) return completion;
  return total === prompt + completion + reasoning ? completion + reasoning : completion;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** What is no count counts as absent, never as 0. */
function count(value: unknown, name: string): number | undefined {
  const tokens = field(value, name);
  return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : undefined;
}
