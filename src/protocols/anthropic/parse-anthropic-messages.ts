import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import { invalidFieldError } from '../../domain/errors.ts';
import { isOpaqueValue } from '../../domain/opaque-value.ts';
import type { ContentPart, ImagePart, InputPart, Message, TextPart, ToolResult } from '../../domain/request.ts';
import {
  type AssistantBlock,
  assistantContent,
  type DocumentBlock,
  type ImageBlock,
  type SystemBlock,
  systemContent,
  type UserBlock,
  userContent,
} from './anthropic-content-schemas.ts';

/** A message of a Messages request. Anthropic takes system messages within the conversation too. */
export const messageSchema = z.discriminatedUnion(
  'role',
  [
    z.strictObject({ role: z.literal('user'), content: userContent }),
    z.strictObject({ role: z.literal('assistant'), content: assistantContent }),
    z.strictObject({ role: z.literal('system'), content: systemContent.nullish() }),
  ],
  { error: 'must be user or assistant' },
);

type RequestMessage = z.infer<typeof messageSchema>;

/**
 * Parses a conversation into the gateway's messages, the system prompt as the first one. A message may become several, or none. Throws
 * `invalid_request` if nothing is left.
 */
export function parseAnthropicMessages(system: readonly SystemBlock[], messages: readonly RequestMessage[]): Message[] {
  const conversation = [...toSystemMessages(system), ...messages.flatMap(toDomainMessages)];
  if (conversation.length > 0) return conversation;
  throw invalidFieldError(['messages'], 'must hold text, an image or a document that this model can read');
}

/**
 * Returns the path of each parsed message in the request, for errors: `system`, or `messages[2]`, which may have become several. It uses
 * the functions of the parser, so that the two lists always have the same length.
 */
export function getMessagePaths(system: readonly SystemBlock[], messages: readonly RequestMessage[]): FieldPath[] {
  return [
    ...toSystemMessages(system).map(() => ['system']),
    ...messages.flatMap((message, index) => toDomainMessages(message).map(() => ['messages', index])),
  ];
}

function toDomainMessages(message: RequestMessage): Message[] {
  switch (message.role) {
    case 'user':
      return toUserMessages(message.content);
    case 'assistant':
      return toAssistantMessages(message.content);
    case 'system':
      return toSystemMessages(message.content ?? []);
  }
}

/** Joins the blocks into one text with blank lines in between, because many models take only one system message. */
function toSystemMessages(blocks: readonly SystemBlock[]): Message[] {
  const texts = blocks.map(({ text }) => text).filter((text) => text !== '');
  return texts.length === 0 ? [] : [{ role: 'system', content: [{ type: 'text', text: texts.join('\n\n') }] }];
}

/** Tool results become messages of their own, before the rest: OpenAI's protocol requires them directly after the tool calls. */
function toUserMessages(blocks: readonly UserBlock[]): Message[] {
  const results: ToolResult[] = [];
  const content: InputPart[] = [];
  for (const block of blocks) {
    if (block.type === 'tool_result') results.push(toToolResult(block));
    else content.push(...toParts(block));
  }
  return content.length === 0 ? results : [...results, { role: 'user', content }];
}

function toToolResult(block: Extract<UserBlock, { type: 'tool_result' }>): ToolResult {
  return {
    role: 'tool',
    toolCallId: block.tool_use_id,
    content: block.content?.flatMap(toParts) ?? [],
    ...(block.is_error && { isError: true }),
  };
}

type InputBlock = Exclude<UserBlock, { type: 'tool_result' }>;

function toParts(block: InputBlock): InputPart[] {
  switch (block.type) {
    case 'text':
    case 'image':
      return [toPart(block)];
    case 'document':
      return toDocumentParts(block);
    case 'search_result':
      return toText([`${block.title} (${block.source})`, ...block.content.map(({ text }) => text)].join('\n'));
    case 'compaction':
      return toText(block.content ?? '');
  }
}

/** Keeps a PDF as a document. Other documents become text, with their title and context before it. */
function toDocumentParts({ source, title, context }: DocumentBlock): InputPart[] {
  const introduction = toText([title, context].filter(Boolean).join('\n'));
  if (source.type === 'text') return [...introduction, ...toText(source.data)];
  if (source.type === 'content') return [...introduction, ...source.content.map(toPart)];
  return [
    ...toText(context ?? ''),
    { type: 'document', mediaType: 'application/pdf', data: source.data, ...(title && { fileName: title }) },
  ];
}

function toText(text: string): TextPart[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function toPart(block: { type: 'text'; text: string } | ImageBlock): TextPart | ImagePart {
  if (block.type === 'text') return { type: 'text', text: block.text };
  const { source } = block;
  return {
    type: 'image',
    source:
      source.type === 'url'
        ? { type: 'url', url: source.url }
        : { type: 'base64', mediaType: source.media_type, data: source.data },
  };
}

/** Leaves a message out if none of its blocks can be translated: no provider takes an empty one. */
function toAssistantMessages(blocks: readonly AssistantBlock[]): Message[] {
  const content = blocks.flatMap(toReplyPart);
  return content.length === 0 ? [] : [{ role: 'assistant', content }];
}

/** Leaves out thinking that Anthropic has encrypted: only Claude can read it, and it is no part of the visible reply. */
function toReplyPart(block: AssistantBlock): ContentPart[] {
  switch (block.type) {
    case 'text':
      return [{ type: 'text', text: block.text }];
    case 'thinking':
      return [toReasoning(block.thinking, block.signature || undefined)];
    case 'tool_use':
      return [{ type: 'tool_call', id: block.id, name: block.name, argumentsJson: JSON.stringify(block.input ?? {}) }];
    case 'compaction':
      return toText(block.content ?? '');
    case 'redacted_thinking':
      return [];
  }
}

/** A signature may be an opaque value of this gateway, which holds another vendor's reasoning. Claude's own is passed on. */
function toReasoning(text: string, signature: string | undefined): ContentPart {
  return isOpaqueValue(signature)
    ? { type: 'reasoning', text, opaque: signature }
    : { type: 'reasoning', text, signature };
}
