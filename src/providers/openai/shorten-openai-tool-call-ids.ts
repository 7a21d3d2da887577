import type { ContentPart, Message } from '../../domain/request.ts';

/**
 * Replaces the ids of tool calls that have another length or other characters, for a call and its result alike. A replacement is
 * the number of the call, so that later turns of a conversation have the same ids as earlier ones.
 */
export function shortenOpenAiToolCallIds(messages: readonly Message[], length: number): readonly Message[] {
  const isShort = new RegExp(`^[A-Za-z0-9]{${length}}$`);
  const ids = messages.flatMap((message) => (message.role === 'assistant' ? message.content.flatMap(getCallId) : []));
  const used = new Set(ids.filter((id) => isShort.test(id)));
  const replacements = new Map<string, string>();
  let count = 0;
  for (const id of ids) {
    if (isShort.test(id) || replacements.has(id)) continue;
    let replacement: string;
    do {
      count += 1;
      replacement = String(count).padStart(length, '0');
    } while (used.has(replacement));
    replacements.set(id, replacement);
  }
  return replacements.size === 0 ? messages : messages.map((message) => replaceIds(message, replacements));
}

function getCallId(part: ContentPart): string[] {
  return part.type === 'tool_call' ? [part.id] : [];
}

function replaceIds(message: Message, ids: ReadonlyMap<string, string>): Message {
  if (message.role === 'tool') return { ...message, toolCallId: ids.get(message.toolCallId) ?? message.toolCallId };
  if (message.role !== 'assistant') return message;
  const content = message.content.map((part) =>
    part.type === 'tool_call' ? { ...part, id: ids.get(part.id) ?? part.id } : part,
  );
  return { ...message, content };
}
