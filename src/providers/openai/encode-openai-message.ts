import { invalidFieldError } from '../../domain/errors.ts';
import { type ContentPart, type ImagePart, joinText, type Message, type TextPart } from '../../domain/request.ts';

/**
 * One message of a Chat Completions request. Text alone goes as a plain string, which every compatible vendor takes.
 * Throws `invalid_request` for an image in a tool's result.
 */
export function encodeOpenAiMessage(message: Message, position: number): Record<string, unknown> {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: joinText(message.content) };
    case 'user':
      return { role: 'user', content: toUserContent(message.content) };
    case 'assistant':
      return toAssistantMessage(message.content);
    case 'tool':
      if (message.content.some((part) => part.type === 'image')) {
        throw invalidFieldError(
          ['messages', position, 'content'],
          "OpenAI's protocol takes no image in a tool's result. Send it in a user message",
        );
      }
      // The protocol has no mark for a failed tool: that it failed is for the content to say.
      return { role: 'tool', tool_call_id: message.toolCallId, content: joinText(message.content) };
  }
}

function toUserContent(parts: readonly (TextPart | ImagePart)[]): unknown {
  if (parts.every((part) => part.type === 'text')) return joinText(parts);
  return parts.map((part) =>
    part.type === 'text'
      ? { type: 'text', text: part.text }
      : { type: 'image_url', image_url: { url: imageUrl(part) } },
  );
}

function imageUrl({ source }: ImagePart): string {
  return source.type === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}

/**
 * Reasoning stays behind: Chat Completions has no field that takes it back, and it is no part of what was said. Vendors
 * that write `reasoning_content` want it left out of later requests, and OpenAI never shows its own.
 */
function toAssistantMessage(parts: readonly ContentPart[]): Record<string, unknown> {
  const calls = parts.filter((part) => part.type === 'tool_call');
  const text = joinText(parts);
  if (calls.length === 0) return { role: 'assistant', content: text };
  return {
    role: 'assistant',
    content: text || null,
    tool_calls: calls.map(({ id, name, argumentsJson }) => ({
      id,
      type: 'function',
      function: { name, arguments: argumentsJson },
    })),
  };
}
