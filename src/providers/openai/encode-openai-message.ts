import { invalidFieldError } from '../../domain/errors.ts';
import {
  type ContentPart,
  type InputPart,
  joinText,
  type Message,
  type ToolCall,
  type ToolResult,
} from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { markFailure } from '../mark-failure.ts';

/** A message of a Chat Completions request. It has a `role`. */
export type EncodedOpenAiMessage = Readonly<Record<string, unknown>>;

/** What the model wants back with tool calls, and refuses them without. */
export interface OpenAiContinuity {
  readonly reasoningContent?: boolean | undefined;
  readonly thoughtSignatures?: boolean | undefined;
}

/**
 * The messages of a Chat Completions request. Text alone goes as a plain string, which every compatible vendor takes. Images and
 * documents in tool results follow the results in a user message. Throws `invalid_request` for them where the request is strict.
 */
export function encodeOpenAiMessages(
  messages: readonly Message[],
  translation: TranslationReport | undefined,
  wants: OpenAiContinuity = {},
): EncodedOpenAiMessage[] {
  const encoded: EncodedOpenAiMessage[] = [];
  let attachments: InputPart[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      const { text, attached } = splitToolResult(message, index, translation);
      attachments.push(...attached);
      const content = markFailure(text, message, index, translation);
      encoded.push({ role: 'tool', tool_call_id: message.toolCallId, content });
      continue;
    }
    // The results of one turn stand together, directly behind its tool calls.
    if (attachments.length > 0) encoded.push({ role: 'user', content: toUserContent(attachments) });
    attachments = [];
    encoded.push(encodeMessage(message, wants));
  }
  if (attachments.length > 0) encoded.push({ role: 'user', content: toUserContent(attachments) });
  return encoded;
}

function encodeMessage(message: Exclude<Message, { role: 'tool' }>, wants: OpenAiContinuity): EncodedOpenAiMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: joinText(message.content) };
    case 'user':
      return { role: 'user', content: toUserContent(message.content) };
    case 'assistant':
      return toAssistantMessage(message.content, wants);
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

/** Stands for reasoning that is missing: what is empty counts as missing too. */
const missingReasoning = ' ';

/** Stands for a signature that is missing. Source: ai.google.dev, "Thought signatures", FAQs. */
export const skipThoughtSignatureValidator = 'skip_thought_signature_validator';

/** Reasoning goes back beside tool calls only, where vendors want it, and to the vendor that wrote it. */
function toAssistantMessage(parts: readonly ContentPart[], wants: OpenAiContinuity): Record<string, unknown> {
  const calls = parts.filter((part) => part.type === 'tool_call');
  const content = joinText(parts);
  const signature = parts.find((part) => part.type === 'text')?.signature;
  const signed = signature === undefined ? {} : toExtraContent(signature);
  if (calls.length === 0) return { role: 'assistant', content, ...signed };
  // Of parallel calls the first alone is signed.
  const isUnsigned = wants.thoughtSignatures && calls.every((call) => call.signature === undefined);
  return {
    role: 'assistant',
    content: content || null,
    reasoning_content: joinReasoning(parts, wants),
    ...signed,
    tool_calls: calls.map((call, index) => toToolCall(call, isUnsigned === true && index === 0)),
  };
}

function toToolCall({ id, name, argumentsJson, signature }: ToolCall, skipsSignature: boolean): object {
  const value = signature ?? (skipsSignature ? skipThoughtSignatureValidator : undefined);
  return {
    id,
    type: 'function',
    function: { name, arguments: argumentsJson },
    ...(value !== undefined && toExtraContent(value)),
  };
}

function toExtraContent(signature: string): object {
  return { extra_content: { google: { thought_signature: signature } } };
}

/** Returns the reasoning of the vendor's own, and unsigned reasoning where it refuses calls without any. */
function joinReasoning(parts: readonly ContentPart[], { reasoningContent }: OpenAiContinuity): string | undefined {
  const returned = parts.flatMap((part) => {
    if (part.type !== 'reasoning') return [];
    const isUnsigned = part.signature === undefined && part.redactedData === undefined;
    return part.isReturnable || (reasoningContent && isUnsigned) ? part.text : [];
  });
  return returned.join('') || (reasoningContent ? missingReasoning : undefined);
}
