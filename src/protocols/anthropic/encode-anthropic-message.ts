import type { ContentPart } from '../../domain/request.ts';
import type { CompletedChat } from '../../gateway/gateway-request.ts';
import { isObject } from './anthropic-field-schemas.ts';
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
      if (part.text === '' && !part.signature) return [];
      return [{ type: 'thinking', thinking: part.text, signature: part.signature ?? '' }];
    case 'tool_call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: toInput(part.argumentsJson) }];
  }
}

/**
 * The arguments as an object; no text at all stands for none. What is no JSON object, mostly because it was cut off, is
 * kept in one with the name that Anthropic gives it. Source: platform.claude.com/docs, "Fine-grained tool streaming".
 */
function toInput(argumentsJson: string): unknown {
  if (argumentsJson.trim() === '') return {};
  let input: unknown;
  try {
    input = JSON.parse(argumentsJson);
  } catch {
    input = undefined;
  }
  return isObject(input) ? input : { INVALID_JSON: argumentsJson };
}
