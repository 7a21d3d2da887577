import { invalidFieldError } from '../../domain/errors.ts';
import type { ContentPart, InputPart, Message, ToolCall } from '../../domain/request.ts';
import { joinText } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { markFailure } from '../mark-failure.ts';
import { parseToolArguments } from '../parse-tool-arguments.ts';

/** One message of a chat. A field that is undefined is not sent. */
export interface OllamaMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  /** Base64, without a `data:` prefix. */
  readonly images?: readonly string[] | undefined;
  readonly thinking?: string | undefined;
  readonly tool_calls?: readonly ChatToolCall[] | undefined;
  /** The tool that a result comes from: older Ollamas know no ids of calls. */
  readonly tool_name?: string | undefined;
}

interface ChatToolCall {
  readonly function: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> };
}

/** Throws `invalid_request` naming the message whose image is a URL. */
export function encodeOllamaMessages(
  messages: readonly Message[],
  vendorName: string,
  translation?: TranslationReport,
): OllamaMessage[] {
  const toolNames = new Map<string, string>();
  return messages.map((message, index) => {
    if (message.role === 'system') return { role: 'system', content: joinText(message.content) };
    if (message.role === 'assistant') return toAssistantMessage(message.content, toolNames);
    const body = { content: joinText(message.content), images: toImages(message.content, index, vendorName) };
    if (message.role === 'user') return { role: 'user', ...body };
    const content = markFailure(body.content, message, index, translation);
    return { role: 'tool', ...body, content, tool_name: toolNames.get(message.toolCallId) };
  });
}

/** Remembers which tool each call id stands for, for the results that follow. */
function toAssistantMessage(parts: readonly ContentPart[], toolNames: Map<string, string>): OllamaMessage {
  const calls = parts.filter((part) => part.type === 'tool_call');
  for (const { id, name } of calls) toolNames.set(id, name);
  const thinking = parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');
  return {
    role: 'assistant',
    content: joinText(parts),
    thinking: thinking || undefined,
    tool_calls: calls.length > 0 ? calls.map(toToolCall) : undefined,
  };
}

function toToolCall({ name, argumentsJson }: ToolCall): ChatToolCall {
  return { function: { name, arguments: parseToolArguments(argumentsJson) } };
}

function toImages(parts: readonly InputPart[], index: number, vendorName: string): string[] | undefined {
  if (parts.some(({ type }) => type === 'document')) {
    throw invalidFieldError(['messages', index], `holds a PDF, which ${vendorName} cannot read: send its text`);
  }
  const images = parts.filter((part) => part.type === 'image');
  if (images.length === 0) return undefined;
  return images.map(({ source }) => {
    if (source.type === 'base64') return source.data;
    throw invalidFieldError(
      ['messages', index],
      `holds an image by URL, which ${vendorName} does not fetch: send the image itself as base64`,
    );
  });
}
