import type { Message } from '../../domain/request.ts';
import { isPortableToolCallId } from '../../domain/tool-call-id.ts';
import { sha256 } from '../../lib/sha256.ts';

/** Of an id that is replaced, so that it is still told by eye. */
const maxReadableLength = 27;

/**
 * Replaces the ids of tool calls that some vendor refuses: longer than 40 characters, of others than letters, digits, `_` and
 * `-`, or of a call of an earlier message. The same conversation always gets the same ids, for a call and its result. Returns
 * the same messages where all fit.
 */
export async function mapToolCallIds(messages: readonly Message[]): Promise<readonly Message[]> {
  const ids = messages.flatMap(getCallIds);
  if (ids.every(isPortableToolCallId) && new Set(ids).size === ids.length) return messages;
  const uses = new Map<string, number>();
  /** What the id stands for at this place of the conversation. */
  const current = new Map<string, string>();
  const mapped: Message[] = [];
  for (const message of messages) {
    for (const id of getCallIds(message)) {
      const use = (uses.get(id) ?? 0) + 1;
      uses.set(id, use);
      current.set(id, use === 1 && isPortableToolCallId(id) ? id : await createStableId(id, use));
    }
    mapped.push(replaceIds(message, current));
  }
  return mapped;
}

function getCallIds(message: Message): string[] {
  if (message.role !== 'assistant') return [];
  return message.content.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []));
}

function replaceIds(message: Message, ids: ReadonlyMap<string, string>): Message {
  if (message.role === 'tool') return { ...message, toolCallId: ids.get(message.toolCallId) ?? message.toolCallId };
  if (message.role !== 'assistant') return message;
  const content = message.content.map((part) =>
    part.type === 'tool_call' ? { ...part, id: ids.get(part.id) ?? part.id } : part,
  );
  return { ...message, content };
}

async function createStableId(id: string, use: number): Promise<string> {
  const readable = id.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, maxReadableLength);
  return `${readable}_${(await sha256(`${use} ${id}`)).slice(0, 12)}`;
}
