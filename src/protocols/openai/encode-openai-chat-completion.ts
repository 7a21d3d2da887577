import { type ContentPart, joinText } from '../../domain/request.ts';
import type { CompletedChat } from '../../gateway/gateway-request.ts';
import { encodeOpenAiFinishReason } from './encode-openai-finish-reason.ts';
import { encodeOpenAiUsage } from './encode-openai-usage.ts';
import type { ChatCompletion, ChatResponseMessage } from './openai-chat-api-types.ts';
import { encodeExtraContent, encodeReasoningDetails } from './openai-opaque-values.ts';

/** What every reply to one request says of itself. */
export interface ChatCompletionHead {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** The model that was asked for. */
  readonly model: string;
  /** True for a caller that speaks of `functions`: it gets the first call as `function_call`, for there is room for one. */
  readonly legacyFunctions?: boolean | undefined;
}

/** A whole reply as a Chat Completions reply. */
export function encodeOpenAiChatCompletion(
  reply: Pick<CompletedChat, 'content' | 'refusal' | 'finishReason' | 'usage'>,
  { id, created, model, legacyFunctions = false }: ChatCompletionHead,
): ChatCompletion {
  const refusal = reply.refusal || null;
  const usage = encodeOpenAiUsage(reply.usage);
  const finishReason = encodeOpenAiFinishReason(reply.finishReason, { refused: refusal !== null, legacyFunctions });
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message: toMessage(reply.content, refusal, legacyFunctions),
        logprobs: null,
        finish_reason: finishReason,
      },
    ],
    ...(usage && { usage }),
  };
}

/** Content is null where something else is said in its place. */
function toMessage(
  content: readonly ContentPart[],
  refusal: string | null,
  legacyFunctions: boolean,
): ChatResponseMessage {
  const reasoning = content.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');
  const calls = content
    .filter((part) => part.type === 'tool_call')
    .map(({ id, name, argumentsJson, opaque }) => ({
      id,
      type: 'function' as const,
      function: { name, arguments: argumentsJson },
      ...encodeExtraContent(opaque),
    }));
  const values = content.flatMap((part) => (part.type === 'reasoning' ? (part.opaque ?? []) : []));
  const [first] = calls;
  return {
    role: 'assistant',
    content: joinText(content) || (first || refusal ? null : ''),
    refusal,
    ...(reasoning && { reasoning_content: reasoning }),
    ...(values.length > 0 && { reasoning_details: encodeReasoningDetails(values) }),
    ...(first && (legacyFunctions ? { function_call: first.function } : { tool_calls: calls })),
  };
}
