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
 * Returns why a reply ended: `other` for a reason that is missing, unknown or without a counterpart. `pause_turn` is one: Claude
 * has paused a long turn with tools that Anthropic runs, and continues it if the client sends the reply back. A client has to run
 * a tool call under any reason but a cut-off or a refusal; without a tool call there is nothing to run.
 * Source: platform.claude.com/docs, "Handling stop reasons".
 */
export function decodeAnthropicStopReason(stopReason: string | null | undefined, calledTools: boolean): FinishReason {
  const finishReason = finishReasons.get(stopReason ?? '') ?? 'other';
  if (finishReason === 'length' || finishReason === 'content_filter') return finishReason;
  if (calledTools) return 'tool_calls';
  return finishReason === 'tool_calls' ? 'stop' : finishReason;
}
