import type { FinishReason } from '../../domain/response.ts';

const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

/** `other` for a reason that is missing, not known, or has no counterpart, as `pause_turn` of the server's own tools. */
export function decodeAnthropicStopReason(stopReason: string | null | undefined): FinishReason {
  return finishReasons.get(stopReason ?? '') ?? 'other';
}
