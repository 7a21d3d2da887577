import type { ContentPart } from '../../domain/request.ts';
import type { CompletedChat } from '../../gateway/gateway-request.ts';
import { parseToolArguments } from '../../providers/parse-tool-arguments.ts';
import type { ContentBlock, Message } from './anthropic-message-api-types.ts';
import { encodeAnthropicStopReason, encodeAnthropicUsage } from './encode-anthropic-message-end.ts';

export interface MessageOptions {
  /** `msg_…`. */
  readonly id: string;
  /** The model that was asked for. */
  readonly model: string;
}

/** A whole reply as Anthropic writes it. A refusal is its last text, under the stop reason that says so. */
export function encodeAnthropicMessage(
  reply: Pick<CompletedChat, 'content' | 'refusal' | 'finishReason' | 'usage'>,
  { id, model }: MessageOptions,
): Message {
  const content = reply.content.flatMap(toBlock);
  if (reply.refusal) content.push({ type: 'text', text: reply.refusal });
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: encodeAnthropicStopReason(reply.finishReason, Boolean(reply.refusal)),
    stop_sequence: null,
    stop_details: null,
    usage: encodeAnthropicUsage(reply.usage),
  };
}

/** Nothing is written of a part that says nothing. */
function toBlock(part: ContentPart): ContentBlock[] {
  switch (part.type) {
    case 'text':
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
    case 'reasoning':
      if (part.text === '' && !part.opaque && !part.signature) return [];
      return [{ type: 'thinking', thinking: part.text, signature: part.opaque ?? part.signature ?? '' }];
    case 'tool_call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: parseToolArguments(part.argumentsJson) }];
  }
}
