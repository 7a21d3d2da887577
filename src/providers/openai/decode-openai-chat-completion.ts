import type { ContentPart, ToolCall } from '../../domain/request.ts';
import type { ChatResponse } from '../../domain/response.ts';
import { createToolCallId } from '../../domain/tool-call-id.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import { unreadableReplyError, type Vendor } from '../provider-error.ts';
import {
  decodeOpenAiChatReply,
  getFirstChoice,
  getToolCalls,
  markReturnable,
  type OpenAiReplyMessage,
} from './decode-openai-chat-reply.ts';
import { decodeOpenAiFinishReason } from './decode-openai-finish-reason.ts';
import { decodeOpenAiUsage } from './decode-openai-usage.ts';
import { keepOpenAiArguments } from './keep-openai-arguments.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

/** Reads the body of a whole Chat Completions reply. Throws a GatewayError for an error that came under status 200. */
export function decodeOpenAiChatCompletion(body: string, vendor: Vendor): ChatResponse {
  const reply = decodeOpenAiChatReply(parseJson(body, vendor));
  if (!reply) throw unreadableReplyError(vendor.name, 'it is not a JSON object');
  if (reply.error) throw mapOpenAiInBandError(reply.error, vendor, body);
  const choice = getFirstChoice(reply);
  const counted = decodeOpenAiUsage(reply.usage ?? choice?.usage, reply.service_tier);
  const usage = choice?.message?.hasBilledExtras ? markUnpriced(counted) : counted;
  const reported = { usage, reportedModel: reply.model };
  if (!choice?.message) throw unreadableReplyError(vendor.name, 'there is no message in it', { reported });
  const { message } = choice;
  const calls = toToolCalls(message);
  if (!calls) throw unreadableReplyError(vendor.name, 'a tool call has arguments, but no name', { reported });
  return {
    content: [...toParts(message), ...calls],
    ...(message.refusal !== undefined && { refusal: message.refusal }),
    finishReason: decodeOpenAiFinishReason(choice.finish_reason, {
      refused: message.refusal !== undefined,
      calledTools: calls.length > 0,
    }),
    ...reported,
  };
}

function toParts(message: OpenAiReplyMessage): ContentPart[] {
  const reasoning = message.reasoning_content ?? message.reasoning;
  const signature = message.thoughtSignature && { signature: message.thoughtSignature };
  return [
    ...(reasoning ? [{ type: 'reasoning' as const, text: reasoning, ...markReturnable(message) }] : []),
    ...(message.content || signature ? [{ type: 'text' as const, text: message.content ?? '', ...signature }] : []),
  ];
}

/** A call without a name cannot be run: it is left out where it has no arguments. Undefined where it has some. */
function toToolCalls(message: OpenAiReplyMessage): ToolCall[] | undefined {
  const calls: ToolCall[] = [];
  for (const { id, function: called, thoughtSignature } of getToolCalls(message)) {
    const argumentsJson = called?.arguments ?? '';
    if (called?.name !== undefined) {
      const signature = thoughtSignature && { signature: thoughtSignature };
      calls.push({ type: 'tool_call', id: id ?? createToolCallId(), name: called.name, argumentsJson, ...signature });
    } else if (argumentsJson.trim() !== '') return undefined;
  }
  return calls;
}

function parseJson(body: string, vendor: Vendor): unknown {
  try {
    const reply: unknown = JSON.parse(body);
    keepOpenAiArguments(body, reply);
    return reply;
  } catch {
    // The parser's message quotes the body.
    throw unreadableReplyError(vendor.name, 'it is not JSON');
  }
}
