import type {
  Base64ImageSource,
  CacheControlEphemeral,
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
  TextBlockParam,
  ToolResultBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import { invalidFieldError } from '../../domain/errors.ts';
import type { CacheControl, ContentPart, ImagePart, InputPart, Message, ToolResult } from '../../domain/request.ts';
import { joinText } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { parseToolArguments } from '../parse-tool-arguments.ts';

/** One message of a Messages request. Two in a row never have the same role. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  content: ContentBlockParam[];
}

/**
 * All system messages, which the Messages API takes beside the conversation, and a text that is added to them: one text with a blank
 * line between, or blocks where a part of them is to be cached.
 */
export function encodeSystem(messages: readonly Message[], addition = ''): string | TextBlockParam[] | undefined {
  const parts = messages.flatMap((message) => (message.role === 'system' ? message.content : []));
  const visible = [...parts, { type: 'text' as const, text: addition }].filter(({ text }) => isVisible(text));
  if (visible.length === 0) return undefined;
  if (visible.every(({ cacheControl }) => !cacheControl)) {
    const texts = messages.filter((message) => message.role === 'system').map((message) => joinText(message.content));
    return [...texts, addition].filter(isVisible).join('\n\n');
  }
  return visible.map((part) => ({ type: 'text', text: part.text, ...encodeCacheControl(part) }));
}

/**
 * The conversation in the form that the Messages API takes: roles alternate, beginning with the user's; tool results are
 * the user's and stand first in their message; blank text is left out, and a message that has nothing else with it.
 * Throws `invalid_request` naming `messages` where the conversation does not fit that form.
 */
export function encodeAnthropicTurns(
  messages: readonly Message[],
  vendorName: string,
  { translation, takesPrefill = true }: TurnOptions = {},
): Turn[] {
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = toBlocks(message, index, vendorName);
    if (content.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  const first = turns[0];
  if (first === undefined) {
    throw invalidFieldError(['messages'], 'must hold text that is more than white space, and so must a prompt');
  }
  if (first.role !== 'user') {
    if (!translation) throw invalidFieldError(['messages'], `must begin with a user message for ${vendorName}`);
    translation.adjust(['messages', messages.findIndex(({ role }) => role !== 'system')]);
    turns.unshift(toUserTurn('(The conversation begins with your reply.)'));
  }
  for (const turn of turns) putToolResultsFirst(turn);
  if (translation && !takesPrefill && turns.at(-1)?.role === 'assistant') {
    translation.adjust(['messages', messages.findLastIndex(({ role }) => role !== 'system')]);
    turns.push(toUserTurn('Go on.'));
  }
  trimPrefill(turns.at(-1));
  return turns;
}

interface TurnOptions {
  readonly translation?: TranslationReport | undefined;
  /** Whether the model goes on with an assistant message that ends the conversation. */
  readonly takesPrefill?: boolean;
}

function toUserTurn(text: string): Turn {
  return { role: 'user', content: [{ type: 'text', text }] };
}

function toBlocks(
  message: Exclude<Message, { role: 'system' }>,
  index: number,
  vendorName: string,
): ContentBlockParam[] {
  if (message.role === 'user') return toUserBlocks(message.content, index, vendorName);
  if (message.role === 'tool') return [toToolResult(message, index, vendorName)];
  return message.content.flatMap(toAssistantBlock);
}

function toUserBlocks(
  parts: readonly InputPart[],
  index: number,
  vendorName: string,
): (TextBlockParam | ImageBlockParam | DocumentBlockParam)[] {
  const visible = parts.filter((part) => part.type !== 'text' || isVisible(part.text));
  return visible.map((part) => ({ ...toUserBlock(part, index, vendorName), ...encodeCacheControl(part) }));
}

function toUserBlock(
  part: InputPart,
  index: number,
  vendorName: string,
): TextBlockParam | ImageBlockParam | DocumentBlockParam {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return toImage(part, index, vendorName);
    case 'document':
      return {
        type: 'document',
        source: { type: 'base64', media_type: part.mediaType, data: part.data },
        ...(part.fileName !== undefined && { title: part.fileName }),
      };
  }
}

/** Encodes the mark of a prefix that is to be cached; nothing where there is none. */
export function encodeCacheControl({ cacheControl }: { readonly cacheControl?: CacheControl | undefined }): {
  cache_control?: CacheControlEphemeral;
} {
  if (!cacheControl) return {};
  return { cache_control: { type: 'ephemeral', ...(cacheControl.ttl && { ttl: cacheControl.ttl }) } };
}

/** Reasoning goes back only with its signature: the API refuses thinking that it cannot verify, and needs none. */
function toAssistantBlock(part: ContentPart): ContentBlockParam[] {
  if (part.type === 'text') {
    return isVisible(part.text) ? [{ type: 'text', text: part.text, ...encodeCacheControl(part) }] : [];
  }
  if (part.type === 'tool_call') {
    return [{ type: 'tool_use', id: part.id, name: part.name, input: parseToolArguments(part.argumentsJson) }];
  }
  if (part.redactedData !== undefined) return [{ type: 'redacted_thinking', data: part.redactedData }];
  if (part.signature === undefined) return [];
  return [{ type: 'thinking', thinking: part.text, signature: part.signature }];
}

function toToolResult(result: ToolResult, index: number, vendorName: string): ToolResultBlockParam {
  const content = toUserBlocks(result.content, index, vendorName);
  return {
    type: 'tool_result',
    tool_use_id: result.toolCallId,
    ...(content.length > 0 && { content }),
    ...(result.isError && { is_error: true }),
  };
}

const imageTypes: readonly Base64ImageSource['media_type'][] = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

function toImage({ source }: ImagePart, index: number, vendorName: string): ImageBlockParam {
  if (source.type === 'url') return { type: 'image', source: { type: 'url', url: source.url } };
  const mediaType = imageTypes.find((type) => type === source.mediaType);
  if (mediaType === undefined) {
    throw invalidFieldError(
      ['messages', index],
      `holds an image of a type that ${vendorName} does not take: use one of ${imageTypes.join(', ')}`,
    );
  }
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: source.data } };
}

function putToolResultsFirst(turn: Turn): void {
  const isResult = (block: ContentBlockParam) => block.type === 'tool_result';
  turn.content = [...turn.content.filter(isResult), ...turn.content.filter((block) => !isResult(block))];
}

/** The API refuses a last assistant message, which the model is to continue, that ends in white space. */
function trimPrefill(turn: Turn | undefined): void {
  const last = turn?.content.at(-1);
  if (turn?.role === 'assistant' && last?.type === 'text') last.text = last.text.trimEnd();
}

function isVisible(text: string): boolean {
  return text.trim() !== '';
}
