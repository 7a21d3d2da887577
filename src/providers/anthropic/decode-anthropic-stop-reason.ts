import type { FinishReason } from '../../domain/response.ts';

const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

/**
 * Why a reply ended: `other` for a reason that is missing, not known, or has no counterpart, as `pause_turn` of the server's
 * own tools. A tool call has to be run under any reason but a cut-off or a refusal; without one there is nothing to run.
 */
export function decodeAnthropicStopReason(stopReason: string | null | undefined, calledTools: boolean): FinishReason {
  const finishReason = finishReasons.get(stopReason ?? '') ?? 'other';
  if (finishReason === 'length' || finishReason === 'content_filter') return finishReason;
  if (calledTools) return 'tool_calls';
  return finishReason === 'tool_calls' ? 'stop' : finishReason;
}
