import { invalidFieldError } from '../../domain/errors.ts';
import { type ContentPart, type InputPart, joinText, type Message, type ToolResult } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';

type EncodedMessage = Record<string, unknown>;

/**
 * The messages of a Chat Completions request. Text alone goes as a plain string, which every compatible vendor takes. Images and
 * documents in tool results follow the results in a user message. Throws `invalid_request` for them where the request is strict.
 */
export function encodeOpenAiMessages(
  messages: readonly Message[],
  translation: TranslationReport | undefined,
): EncodedMessage[] {
  const encoded: EncodedMessage[] = [];
  let attachments: InputPart[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      const { text, attached } = splitToolResult(message, index, translation);
      attachments.push(...attached);
      // The protocol has no mark for a failed tool: that it failed is for the content to say.
      encoded.push({ role: 'tool', tool_call_id: message.toolCallId, content: text });
      continue;
    }
    // The results of one turn stand together, directly behind its tool calls.
    if (attachments.length > 0) encoded.push({ role: 'user', content: toUserContent(attachments) });
    attachments = [];
    encoded.push(encodeMessage(message));
  }
  if (attachments.length > 0) encoded.push({ role: 'user', content: toUserContent(attachments) });
  return encoded;
}

function encodeMessage(message: Exclude<Message, { role: 'tool' }>): EncodedMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: joinText(message.content) };
    case 'user':
      return { role: 'user', content: toUserContent(message.content) };
    case 'assistant':
      return toAssistantMessage(message.content);
  }
}

function splitToolResult(
  { toolCallId, content }: ToolResult,
  index: number,
  translation: TranslationReport | undefined,
): { readonly text: string; readonly attached: readonly InputPart[] } {
  const attached = content.filter(({ type }) => type !== 'text');
  if (attached.length === 0) return { text: joinText(content), attached };
  const path = ['messages', index, 'content'];
  if (!translation) {
    throw invalidFieldError(
      path,
      "OpenAI's protocol takes text only in a tool's result: send images and documents in a user message",
    );
  }
  translation.adjust(path);
  const note = 'The content of this result is in the user message that follows.';
  const text = [joinText(content), note].filter((line) => line !== '').join('\n');
  return { text, attached: [{ type: 'text', text: `Content of the result of tool call ${toolCallId}:` }, ...attached] };
}

function toUserContent(parts: readonly InputPart[]): unknown {
  if (parts.every((part) => part.type === 'text')) return joinText(parts);
  return parts.map(toContentPart);
}

function toContentPart(part: InputPart): unknown {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image': {
      const { source } = part;
      const url = source.type === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
      return { type: 'image_url', image_url: { url } };
    }
    case 'document': {
      const { mediaType, data, fileName = 'document.pdf' } = part;
      return { type: 'file', file: { filename: fileName, file_data: `data:${mediaType};base64,${data}` } };
    }
  }
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
