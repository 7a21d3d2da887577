import type { ChatBody, ChatContentPart, ChatMessage, ChatOptions, ChatToolCall } from './chat-api-types.ts';
import { type AttachedImage, type Message, selectAnsweredCalls } from './conversation.ts';
import type { ReplyToolCall } from './streamed-reply.ts';

export function buildChatBody(model: string, messages: readonly Message[], options: ChatOptions): ChatBody {
  const { system, parameters, tools, responseFormat, isStreamed } = options;
  const systemMessages: ChatMessage[] = system.trim() === '' ? [] : [{ role: 'system', content: system }];
  return {
    model,
    messages: [...systemMessages, ...encodeMessages(messages)],
    ...parameters,
    ...(tools && { tools }),
    ...(responseFormat && { response_format: responseFormat }),
    ...(isStreamed && { stream: true, stream_options: { include_usage: true } }),
  };
}

/** A reply without content, and a call without a result, are left out: models refuse both. */
function encodeMessages(messages: readonly Message[]): ChatMessage[] {
  return messages.flatMap((message, index): ChatMessage[] => {
    if (message.role === 'user') return [{ role: 'user', content: encodeContent(message.text, message.images) }];
    if (message.role === 'tool') {
      return [{ role: 'tool', tool_call_id: message.toolCallId, content: message.text }];
    }
    const { text, reasoning, reasoningDetails } = message.reply;
    const calls = selectAnsweredCalls(messages, index);
    if (text === '' && calls.length === 0) return [];
    return [
      {
        role: 'assistant',
        content: text === '' ? null : text,
        ...(calls.length > 0 && { tool_calls: calls.map(encodeToolCall) }),
        ...(reasoningDetails.length > 0 && { reasoning_content: reasoning, reasoning_details: reasoningDetails }),
      },
    ];
  });
}

function encodeContent(text: string, images: readonly AttachedImage[]): string | readonly ChatContentPart[] {
  if (images.length === 0) return text;
  const imageParts = images.map(({ url }) => ({ type: 'image_url', image_url: { url } }) as const);
  return text === '' ? imageParts : [{ type: 'text', text }, ...imageParts];
}

function encodeToolCall({ id, name, argumentsText, extraContent }: ReplyToolCall): ChatToolCall {
  return {
    id,
    type: 'function',
    function: { name, arguments: argumentsText },
    ...(extraContent !== undefined && { extra_content: extraContent }),
  };
}
