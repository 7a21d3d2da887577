import type { ContentPart } from '../../domain/request.ts';
import type { ChatResponse } from '../../domain/response.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import { unreadableReplyError, type Vendor } from '../provider-error.ts';
import {
  createToolCallId,
  decodeOpenAiChatReply,
  getFirstChoice,
  getToolCalls,
  type OpenAiReplyMessage,
} from './decode-openai-chat-reply.ts';
import { decodeOpenAiFinishReason } from './decode-openai-finish-reason.ts';
import { decodeOpenAiUsage } from './decode-openai-usage.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

/** Reads the body of a whole Chat Completions reply. Throws a GatewayError for an error that came under status 200. */
export function decodeOpenAiChatCompletion(body: string, vendor: Vendor): ChatResponse {
  const reply = decodeOpenAiChatReply(parseJson(body, vendor));
  if (!reply) throw unreadableReplyError(vendor.name, 'it is not a JSON object');
  if (reply.error) throw mapOpenAiInBandError(reply.error, vendor);
  const choice = getFirstChoice(reply);
  const counted = decodeOpenAiUsage(reply.usage, reply.service_tier);
  const usage = choice?.message?.hasBilledExtras ? markUnpriced(counted) : counted;
  const reported = { usage, reportedModel: reply.model };
  if (!choice?.message) throw unreadableReplyError(vendor.name, 'there is no message in it', { reported });
  const { message } = choice;
  const calledTools = getToolCalls(message).length > 0;
  return {
    content: toParts(message),
    ...(message.refusal !== undefined && { refusal: message.refusal }),
    finishReason: decodeOpenAiFinishReason(choice.finish_reason, {
      refused: message.refusal !== undefined,
      calledTools,
    }),
    ...reported,
  };
}

function toParts(message: OpenAiReplyMessage): ContentPart[] {
  const reasoning = message.reasoning_content ?? message.reasoning;
  return [
    ...(reasoning ? [{ type: 'reasoning' as const, text: reasoning }] : []),
    ...(message.content ? [{ type: 'text' as const, text: message.content }] : []),
    ...getToolCalls(message).map((call) => ({
      type: 'tool_call' as const,
      id: call.id ?? createToolCallId(),
      name: call.function?.name ?? '',
      argumentsJson: call.function?.arguments ?? '',
    })),
  ];
}

function parseJson(body: string, vendor: Vendor): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own words quote the body.
    throw unreadableReplyError(vendor.name, 'it is not JSON');
  }
}
