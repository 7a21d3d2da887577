import type { ContentPart } from '../../domain/request.ts';
import type { ChatResponse } from '../../domain/response.ts';
import { unreadableReplyError } from '../provider-error.ts';
import {
  decodeFinishReason,
  decodeToolCalls,
  decodeUsage,
  parseOllamaChatReply,
} from './decode-ollama-reply-fields.ts';

/** Reads the whole reply of `/api/chat`. `firstCall` numbers the first tool call without an id. Throws `provider_error` where it is none, or an error. */
export function decodeOllamaChatReply(body: string, vendorName: string, firstCall = 0): ChatResponse {
  const reply = parseOllamaChatReply(body, vendorName);
  const { model, message } = reply;
  if (!message) throw unreadableReplyError(vendorName, 'it has no message');
  const content: ContentPart[] = [];
  if (message.thinking) content.push({ type: 'reasoning', text: message.thinking });
  if (message.content) content.push({ type: 'text', text: message.content });
  const calls = decodeToolCalls(reply, firstCall, vendorName);
  return {
    content: [...content, ...calls],
    finishReason: decodeFinishReason(reply, calls.length > 0),
    usage: decodeUsage(reply),
    reportedModel: model ?? undefined,
  };
}
