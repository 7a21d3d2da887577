import type { ChatBody } from './chat-api-types.ts';
import { emptyReply, type Reply, type ReplyToolCall } from './streamed-reply.ts';

export interface AttachedImage {
  /** Of this page: the same image may be there twice. */
  readonly id: number;
  readonly name: string;
  /** A data URL, or where the image of a logged request is. */
  readonly url: string;
}

/** What the visitor writes. */
export interface Draft {
  readonly text: string;
  readonly images: readonly AttachedImage[];
}

export const emptyDraft: Draft = { text: '', images: [] };

export type Message =
  | ({ readonly role: 'user'; readonly id: number } & Draft)
  | { readonly role: 'assistant'; readonly id: number; readonly reply: Reply }
  | {
      readonly role: 'tool';
      readonly id: number;
      readonly toolCallId: string;
      readonly toolName: string;
      readonly text: string;
    };

/** The conversation with one model. */
export interface Column {
  readonly id: 'first' | 'second';
  readonly messages: readonly Message[];
  /** The last request that was sent. */
  readonly lastBody?: ChatBody;
}

/** Returns the length of images in a request. */
export function sumImageLength(images: readonly AttachedImage[]): number {
  return images.reduce((sum, { url }) => sum + url.length, 0);
}

let lastId = 0;

export function createMessageId(): number {
  lastId += 1;
  return lastId;
}

export function createImage(name: string, url: string): AttachedImage {
  return { id: createMessageId(), name, url };
}

export function createUserMessage(draft: Draft): Message {
  return { role: 'user', id: createMessageId(), ...draft };
}

export function createAssistantMessage(reply: Reply = emptyReply): Message & { readonly role: 'assistant' } {
  return { role: 'assistant', id: createMessageId(), reply };
}

/** Returns the calls of a reply that have a result behind it. */
export function selectAnsweredCalls(messages: readonly Message[], index: number): readonly ReplyToolCall[] {
  const message = messages[index];
  if (message?.role !== 'assistant') return [];
  const results = listResultsBehind(messages, index);
  return message.reply.toolCalls.filter(({ id }) => results.includes(id));
}

function listResultsBehind(messages: readonly Message[], index: number): string[] {
  const ids: string[] = [];
  for (const message of messages.slice(index + 1)) {
    if (message.role !== 'tool') break;
    ids.push(message.toolCallId);
  }
  return ids;
}

/** Returns the calls that wait for a result: those of a last reply that has ended. */
export function listOpenCalls(messages: readonly Message[]): readonly ReplyToolCall[] {
  const last = messages.at(-1);
  return last?.role === 'assistant' && last.reply.status !== 'streaming' ? last.reply.toolCalls : [];
}

export function isStreaming({ messages }: Column): boolean {
  const last = messages.at(-1);
  return last?.role === 'assistant' && last.reply.status === 'streaming';
}

/** Returns what the visitor wrote last. */
export function findLastDraft(messages: readonly Message[]): Draft | undefined {
  const last = messages.findLast((message) => message.role === 'user');
  return last && { text: last.text, images: last.images };
}

/** Removes the last message of the visitor and all that follows it. */
export function dropLastTurn(messages: readonly Message[]): readonly Message[] {
  const index = messages.findLastIndex(({ role }) => role === 'user');
  return messages.slice(0, Math.max(0, index));
}

/** Removes the replies at the end, so that they can be asked for again. */
export function dropLastReply(messages: readonly Message[]): readonly Message[] {
  const index = messages.findLastIndex(({ role }) => role !== 'assistant');
  return messages.slice(0, index + 1);
}

export function replaceReply(columns: readonly Column[], messageId: number, reply: Reply): readonly Column[] {
  return columns.map((column) => ({
    ...column,
    messages: column.messages.map((message) =>
      message.id === messageId && message.role === 'assistant' ? { ...message, reply } : message,
    ),
  }));
}
