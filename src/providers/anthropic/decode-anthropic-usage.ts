import * as z from 'zod';
import type { TokenUsage } from '../../domain/response.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import { hasAnthropicSurcharge } from './has-anthropic-surcharge.ts';

const countSchema = z.number().nonnegative().nullish().catch(undefined);
const textSchema = z.string().nullish().catch(undefined);

const countsShape = {
  input_tokens: countSchema,
  output_tokens: countSchema,
  cache_read_input_tokens: countSchema,
  cache_creation_input_tokens: countSchema,
  cache_creation: z.object({ ephemeral_1h_input_tokens: countSchema }).nullish().catch(undefined),
};

/** The counts of a reply as Anthropic sends them. What is absent or unreadable is undefined or null, never 0. */
export const usageSchema = z.object({
  ...countsShape,
  output_tokens_details: z.object({ thinking_tokens: countSchema }).nullish().catch(undefined),
  iterations: z
    .array(z.object({ type: textSchema, ...countsShape }).catch({}))
    .nullish()
    .catch(undefined),
  server_tool_use: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  service_tier: textSchema,
  speed: textSchema,
  inference_geo: textSchema,
});

/** Anthropic's own counts, not yet brought to the gateway's meaning. */
export type UsageCounts = z.infer<typeof usageSchema>;

/** Tools of the server that cost the tokens of their results only. */
const unbilledTools: ReadonlySet<string> = new Set(['web_fetch', 'tool_search_tool_regex', 'tool_search_tool_bm25']);
/** What an iteration is whose tokens are a part of the top-level counts, or were not billed: a fallback that declined. */
const countedIterations: ReadonlySet<unknown> = new Set([undefined, null, 'message', 'fallback_message']);

/** A stream counts more than once, each time from its beginning: a later count replaces the earlier one of its field. */
export function mergeCounts(earlier: UsageCounts | undefined, later: UsageCounts): UsageCounts {
  return {
    input_tokens: later.input_tokens ?? earlier?.input_tokens,
    output_tokens: later.output_tokens ?? earlier?.output_tokens,
    cache_read_input_tokens: later.cache_read_input_tokens ?? earlier?.cache_read_input_tokens,
    cache_creation_input_tokens: later.cache_creation_input_tokens ?? earlier?.cache_creation_input_tokens,
    cache_creation: later.cache_creation ?? earlier?.cache_creation,
    output_tokens_details: later.output_tokens_details ?? earlier?.output_tokens_details,
    iterations: later.iterations ?? earlier?.iterations,
    server_tool_use: later.server_tool_use ?? earlier?.server_tool_use,
    service_tier: later.service_tier ?? earlier?.service_tier,
    speed: later.speed ?? earlier?.speed,
    inference_geo: later.inference_geo ?? earlier?.inference_geo,
  };
}

/**
 * Anthropic counts what is read from the cache and written to it beside `input_tokens`: all input is their sum. The top level
 * leaves compactions out, which are billed too. `serverTools` names the tools that the reply shows Anthropic to have run.
 */
export function decodeAnthropicUsage(
  counts: UsageCounts | null | undefined,
  serverTools: readonly string[] = [],
): TokenUsage | undefined {
  const webSearches = getCounter(counts?.server_tool_use, 'web_search_requests');
  const usage = counts ? readTokens(counts) : undefined;
  const isUnpriced =
    serverTools.some((name) => !unbilledTools.has(name) && !(name === 'web_search' && webSearches > 0)) ||
    (counts != null && hasUnlistedPrice(counts));
  const billed = usage && webSearches > 0 ? { ...usage, webSearches } : usage;
  return isUnpriced ? markUnpriced(billed) : billed;
}

function readTokens(counts: UsageCounts): TokenUsage | undefined {
  const compactions = (counts.iterations ?? []).filter(({ type }) => type === 'compaction');
  const all = [counts, ...compactions];
  const cacheRead = sum(all.map(({ cache_read_input_tokens }) => cache_read_input_tokens));
  const cacheWrite = sum(all.map(({ cache_creation_input_tokens }) => cache_creation_input_tokens));
  const beside = (cacheRead ?? 0) + (cacheWrite ?? 0);
  const usage: TokenUsage = {
    input: counts.input_tokens == null ? undefined : (sum(all.map(({ input_tokens }) => input_tokens)) ?? 0) + beside,
    output: counts.output_tokens == null ? undefined : sum(all.map(({ output_tokens }) => output_tokens)),
    cacheRead,
    cacheWrite,
    cacheWriteOneHour: sum(all.map(({ cache_creation }) => cache_creation?.ephemeral_1h_input_tokens)),
    reasoning: counts.output_tokens_details?.thinking_tokens ?? undefined,
  };
  return Object.values(usage).some((value) => value !== undefined) ? usage : undefined;
}

/** Fetches of pages cost nothing beside their tokens; a counter that is not known here may. */
function hasUnlistedPrice(counts: UsageCounts): boolean {
  const counters = Object.keys(counts.server_tool_use ?? {});
  return (
    hasAnthropicSurcharge(counts) ||
    counters.some(
      (name) =>
        name !== 'web_fetch_requests' && name !== 'web_search_requests' && getCounter(counts.server_tool_use, name) > 0,
    ) ||
    // An advisor is another model, at another price.
    (counts.iterations ?? []).some(({ type }) => type !== 'compaction' && !countedIterations.has(type))
  );
}

function getCounter(counters: UsageCounts['server_tool_use'], name: string): number {
  const count = counters?.[name];
  return typeof count === 'number' ? count : 0;
}

/** The sum of the counts that are known; undefined where none is. */
function sum(counts: readonly (number | null | undefined)[]): number | undefined {
  return counts.reduce<number | undefined>((total, count) => (count == null ? total : (total ?? 0) + count), undefined);
}
