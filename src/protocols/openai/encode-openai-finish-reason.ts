import type { FinishReason } from '../../domain/response.ts';
import type { WireFinishReason } from './openai-chat-api-types.ts';

interface Said {
  /** Whether the reply has a text of refusal. */
  readonly refused: boolean;
  readonly legacyFunctions: boolean;
}

/**
 * Why a reply ended, in OpenAI's words. Under a refusal that the model has put into words OpenAI says `stop`: clients look
 * at `refusal` there, and the official one throws at `content_filter`. A reason that OpenAI has no word for is `stop` too.
 */
export function toWireFinishReason(reason: FinishReason, { refused, legacyFunctions }: Said): WireFinishReason {
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
