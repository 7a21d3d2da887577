import * as z from 'zod';
import type { TokenUsage } from '../../domain/response.ts';

const countSchema = z.number().nonnegative().nullish().catch(undefined);

/** The counts of a reply as Anthropic sends them. What is absent or unreadable is undefined or null, never 0. */
export const usageSchema = z.object({
  input_tokens: countSchema,
  output_tokens: countSchema,
  cache_read_input_tokens: countSchema,
  cache_creation_input_tokens: countSchema,
  cache_creation: z.object({ ephemeral_1h_input_tokens: countSchema }).nullish().catch(undefined),
  output_tokens_details: z.object({ thinking_tokens: countSchema }).nullish().catch(undefined),
});

/** Anthropic's own counts, not yet brought to the gateway's meaning. */
export type UsageCounts = z.infer<typeof usageSchema>;

/** A stream counts more than once, each time from its beginning: a later count replaces the earlier one of its field. */
export function mergeCounts(earlier: UsageCounts | undefined, later: UsageCounts): UsageCounts {
  return {
    input_tokens: later.input_tokens ?? earlier?.input_tokens,
    output_tokens: later.output_tokens ?? earlier?.output_tokens,
    cache_read_input_tokens: later.cache_read_input_tokens ?? earlier?.cache_read_input_tokens,
    cache_creation_input_tokens: later.cache_creation_input_tokens ?? earlier?.cache_creation_input_tokens,
    cache_creation: later.cache_creation ?? earlier?.cache_creation,
    output_tokens_details: later.output_tokens_details ?? earlier?.output_tokens_details,
  };
}

/** Anthropic counts what is read from the cache and written to it beside `input_tokens`: all input is their sum. */
export function decodeAnthropicUsage(counts: UsageCounts | null | undefined): TokenUsage | undefined {
  if (!counts) return undefined;
  const cacheRead = counts.cache_read_input_tokens ?? undefined;
  const cacheWrite = counts.cache_creation_input_tokens ?? undefined;
  const beside = (cacheRead ?? 0) + (cacheWrite ?? 0);
  const usage: TokenUsage = {
    input: typeof counts.input_tokens === 'number' ? counts.input_tokens + beside : undefined,
    output: counts.output_tokens ?? undefined,
    cacheRead,
    cacheWrite,
    cacheWriteOneHour: counts.cache_creation?.ephemeral_1h_input_tokens ?? undefined,
    reasoning: counts.output_tokens_details?.thinking_tokens ?? undefined,
  };
  return Object.values(usage).some((value) => value !== undefined) ? usage : undefined;
}
