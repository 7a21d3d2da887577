import type { FinishReason } from '../../domain/response.ts';

interface Reply {
  readonly refused: boolean;
  readonly calledTools: boolean;
}

/** What vendors write, in lower case. Mistral has `model_length`, Together `eos`; gateways of other vendors keep theirs. */
const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['content_filter', 'content_filter'],
  ['tool_calls', 'tool_calls'],
  ['tool_call', 'tool_calls'],
  ['tool_use', 'tool_calls'],
  ['function_call', 'tool_calls'],
]);

/**
 * Why a Chat Completions reply ended, by the vendor's reason and by what the reply holds. OpenAI says `stop` under a refusal
 * and under a call of a tool that the request named. A tool call that was made has to be run under any reason but a cut-off
 * or a filter; without one there is nothing to run.
 */
export function decodeOpenAiFinishReason(reason: string | undefined, { refused, calledTools }: Reply): FinishReason {
  const finishReason = finishReasons.get(reason?.toLowerCase() ?? '') ?? 'other';
  if (finishReason === 'length' || finishReason === 'content_filter') return finishReason;
  if (finishReason === 'stop' && refused) return 'content_filter';
  if (calledTools) return 'tool_calls';
  if (finishReason !== 'tool_calls') return finishReason;
  return refused ? 'content_filter' : 'stop';
}
