import type { FinishReason } from '../../domain/response.ts';
import type { ChatFinishReason } from './openai-chat-api-types.ts';

interface RefusalContext {
  /** Whether the reply has a text of refusal. */
  readonly refused: boolean;
  readonly legacyFunctions: boolean;
}

/**
 * Why a reply ended, in OpenAI's words. Under a refusal that the model has put into words OpenAI says `stop`: clients look
 * at `refusal` there, and the official one throws at `content_filter`. A reason that OpenAI has no word for is `stop` too.
 */
export function encodeOpenAiFinishReason(
  reason: FinishReason,
  { refused, legacyFunctions }: RefusalContext,
): ChatFinishReason {
  switch (reason) {
    case 'content_filter':
      return refused ? 'stop' : 'content_filter';
    case 'tool_calls':
      return legacyFunctions ? 'function_call' : 'tool_calls';
    case 'other':
      return 'stop';
    default:
      return reason;
  }
}
