import type { ChatRequest, ContentPart, Message, TextPart } from '../../domain/request.ts';

type Chat = Omit<ChatRequest, 'model'>;

const request = [
  'Summarise this conversation for a model that goes on with it and sees nothing of it but your summary.',
  'Keep what the user wants and has decided, what was done and found, what has failed, what is left to do,',
  'and every name, path, id, figure and piece of code that is needed for that.',
  'Do not go on with the conversation. Reply with the summary only.',
].join(' ');

/**
 * Creates the request for a conversation's summary. Calls and results of tools become text, because vendors refuse calls without their
 * tools or their results. Reasoning is left out.
 */
export function createCompactionChat({ messages, maxTokens, reasoningEffort, userId, translation }: Chat): Chat {
  const names = new Map<string, string>();
  return {
    messages: [...messages.map((message) => toPlainMessage(message, names)), toUserMessage(request)],
    maxTokens,
    reasoningEffort,
    userId,
    translation,
  };
}

/** Remembers the names of the tools that are called by the ids of their calls. */
function toPlainMessage(message: Message, names: Map<string, string>): Message {
  if (message.role === 'assistant') {
    const content = message.content.flatMap((part) => toText(part, names));
    return { role: 'assistant', content: content.length > 0 ? content : [{ type: 'text', text: '(no text)' }] };
  }
  if (message.role !== 'tool') return message;
  const head = `[Result of ${names.get(message.toolCallId) ?? 'a tool'}]`;
  return { role: 'user', content: [{ type: 'text', text: head }, ...message.content] };
}

function toText(part: ContentPart, names: Map<string, string>): TextPart[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }];
  if (part.type === 'reasoning') return [];
  names.set(part.id, part.name);
  return [{ type: 'text', text: `[Called ${part.name} with ${part.argumentsJson}]` }];
}

function toUserMessage(text: string): Message {
  return { role: 'user', content: [{ type: 'text', text }] };
}
