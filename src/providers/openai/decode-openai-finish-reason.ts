import type { FinishReason } from '../../domain/response.ts';

interface Reply {
  readonly refused: boolean;
  readonly calledTools: boolean;
}

/**
 * Why a Chat Completions reply ended. `stop` is refined by what the reply holds: OpenAI says `stop` under a refusal and
 * under a call of a tool that the request named, some vendors under every tool call.
 */
export function decodeOpenAiFinishReason(reason: string | undefined, { refused, calledTools }: Reply): FinishReason {
  switch (reason) {
    case 'stop':
      if (refused) return 'content_filter';
      return calledTools ? 'tool_calls' : 'stop';
    case 'length':
    case 'content_filter':
    case 'tool_calls':
      return reason;
    case 'function_call':
      return 'tool_calls';
    default:
      return 'other';
  }
}
