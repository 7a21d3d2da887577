import type { FinishReason, TokenUsage } from '../../domain/response.ts';
import type { MessageDeltaUsage, MessageUsage, StopReason } from './anthropic-message-api-types.ts';

const stopReasons: Readonly<Record<FinishReason, StopReason>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  other: 'end_turn',
};

/**
 * Encodes why a reply ended. A reply with a refusal ends in `refusal` for any finish reason. A stop sequence is `end_turn`, because
 * no other vendor reports which one it was.
 */
export function encodeAnthropicStopReason(finishReason: FinishReason, refused: boolean): StopReason {
  return refused ? 'refusal' : stopReasons[finishReason];
}

/** Anthropic's cached tokens stand beside the input, ours are part of it. A missing count is null where it may be, else 0. */
export function encodeAnthropicUsage(usage: TokenUsage | undefined): MessageUsage {
  const counts = encodeAnthropicDeltaUsage(usage);
  return { ...counts, input_tokens: counts.input_tokens ?? 0 };
}

/** The same at the end of a stream, where only the output has to be a number. */
export function encodeAnthropicDeltaUsage(usage: TokenUsage = {}): MessageDeltaUsage {
  const { input, output, cacheRead, cacheWrite, reasoning } = usage;
  return {
    input_tokens: input === undefined ? null : Math.max(0, input - (cacheRead ?? 0) - (cacheWrite ?? 0)),
    cache_creation_input_tokens: cacheWrite ?? null,
    cache_read_input_tokens: cacheRead ?? null,
    output_tokens: output ?? 0,
    output_tokens_details: reasoning === undefined ? null : { thinking_tokens: reasoning },
  };
}
