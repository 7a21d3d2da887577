import { invalidFieldError } from '../../domain/errors.ts';
import {
  type ContentPart,
  type ImagePart,
  joinText,
  type Message,
  type TextPart,
  type ToolCall,
} from '../../domain/request.ts';

/** What the model wants back with tool calls, and refuses them without. */
export interface OpenAiContinuity {
  readonly reasoningContent?: boolean | undefined;
  readonly thoughtSignatures?: boolean | undefined;
}

/**
 * One message of a Chat Completions request. Text alone goes as a plain string, which every compatible vendor takes.
 * Throws `invalid_request` for an image in a tool's result.
 */
export function encodeOpenAiMessage(
  message: Message,
  position: number,
  wants: OpenAiContinuity = {},
): Record<string, unknown> {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: joinText(message.content) };
    case 'user':
      return { role: 'user', content: toUserContent(message.content) };
    case 'assistant':
      return toAssistantMessage(message.content, wants);
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
