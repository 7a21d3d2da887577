import type { ReplyPart } from '../../domain/request.ts';
import type { Completion } from '../../domain/response.ts';
import { unreadableReply } from '../provider-error.ts';
import {
  type ChatMessage,
  firstChoice,
  newToolCallId,
  readChatReply,
  toolCallsOf,
} from './decode-openai-chat-reply.ts';
import { mapFinishReason } from './decode-openai-finish-reason.ts';
import { readUsage } from './decode-openai-usage.ts';
import { inBandError, type Vendor } from './map-openai-error.ts';

/** Reads the body of a whole Chat Completions reply. Throws a GatewayError for an error that came under status 200. */
export function readChatCompletion(body: string, vendor: Vendor): Completion {
  const reply = readChatReply(parseJson(body, vendor));
  if (!reply) throw unreadableReply(vendor.name, 'it is not a JSON object');
  if (reply.error) throw inBandError(reply.error, vendor);
  const choice = firstChoice(reply);
  const said = { usage: readUsage(reply.usage, reply.service_tier), reportedModel: reply.model };
  if (!choice?.message) throw unreadableReply(vendor.name, 'there is no message in it', { said });
  const { message } = choice;
  const calledTools = toolCallsOf(message).length > 0;
  return {
    content: toParts(message),
    ...(message.refusal !== undefined && { refusal: message.refusal }),
    finishReason: mapFinishReason(choice.finish_reason, { refused: message.refusal !== undefined, calledTools }),
    ...said,
  };
}

function toParts(message: ChatMessage): ReplyPart[] {
  const reasoning = message.reasoning_content ?? message.reasoning;
  return [
    ...(reasoning ? [{ type: 'reasoning' as const, text: reasoning }] : []),
    ...(message.content ? [{ type: 'text' as const, text: message.content }] : []),
    ...toolCallsOf(message).map((call) => ({
      type: 'tool_call' as const,
      id: call.id ?? newToolCallId(),
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
    throw unreadableReply(vendor.name, 'it is not JSON');
  }
}
