import type { ReplyPart } from '../../domain/request.ts';
import type { Completion } from '../../domain/response.ts';
import { unreadableReply } from '../provider-error.ts';
import { ollama, parseChatReply, readFinishReason, readToolCalls, readUsage } from './decode-ollama-reply-fields.ts';

/** Reads the whole reply of `/api/chat`. Throws `provider_error` where it is none, or an error. */
export function readChatReply(body: string): Completion {
  const reply = parseChatReply(body);
  const { model, message } = reply;
  if (!message) throw unreadableReply(ollama, 'it has no message');
  const content: ReplyPart[] = [];
  if (message.thinking) content.push({ type: 'reasoning', text: message.thinking });
  if (message.content) content.push({ type: 'text', text: message.content });
  const calls = readToolCalls(reply, 0);
  return {
    content: [...content, ...calls],
    finishReason: readFinishReason(reply, calls.length > 0),
    usage: readUsage(reply),
    reportedModel: model ?? undefined,
  };
}
