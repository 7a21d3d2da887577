import type { TokenUsage } from '../../domain/response.ts';
import { isUnlistedServiceTier } from '../is-unlisted-service-tier.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import { hasBilledExtras } from './has-billed-extras.ts';

/**
 * A `usage` object in the gateway's terms; absent where it holds no count that can be read. OpenAI's prompt tokens
 * include the cached ones, and its completion tokens the reasoning; some vendors have the reasoning beside, and a total
 * that shows it, in Gemini's case the total alone. The tier is the one that the reply says it was served in.
 */
export function decodeOpenAiUsage(value: unknown, serviceTier?: string): TokenUsage | undefined {
  const prompt = asCount(value, 'prompt_tokens');
  const completion = asCount(value, 'completion_tokens');
  const promptDetails = getField(value, 'prompt_tokens_details');
  const completionDetails = getField(value, 'completion_tokens_details');
  const reasoning = asCount(completionDetails, 'reasoning_tokens');
  // Moonshot and DeepSeek have their own places for cached tokens.
  const cacheRead =
    asCount(promptDetails, 'cached_tokens') ??
    asCount(value, 'cached_tokens') ??
    asCount(value, 'prompt_cache_hit_tokens');
  const cacheWrite = asCount(promptDetails, 'cache_write_tokens');
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0);
  const read: TokenUsage = {
    input: prompt,
    output: outputTokens({ prompt, completion, reasoning, total: asCount(value, 'total_tokens'), cached }),
    cacheRead,
    cacheWrite,
    reasoning,
  };
  const isCounted = Object.values(read).some((tokens) => tokens !== undefined);
  if (isUnlistedServiceTier(serviceTier) || hasBilledExtras(value)) return markUnpriced(isCounted ? read : undefined);
  return isCounted ? read : undefined;
}

interface Counts {
  readonly prompt: number | undefined;
  readonly completion: number | undefined;
  readonly reasoning: number | undefined;
  readonly total: number | undefined;
  readonly cached: number;
}

/** What the total has beyond prompt and completion is thinking, unless the vendor says otherwise. */
function outputTokens({ prompt, completion, reasoning, total, cached }: Counts): number | undefined {
  if (prompt === undefined || total === undefined) return completion;
  const beside = total - prompt - (completion ?? 0);
  // Some vendors count cached tokens in the total, and not in the prompt.
  const isThinking = beside > 0 && (reasoning ? beside === reasoning : beside !== cached);
  return isThinking ? total - prompt : completion;
}

function getField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** What is no count counts as absent, never as 0. */
function asCount(value: unknown, name: string): number | undefined {
  const tokens = getField(value, name);
  return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : undefined;
}
