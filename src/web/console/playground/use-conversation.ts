import { useCallback, useEffect, useRef, useState } from 'react';
import { useSession } from '../app/session.tsx';
import type { ChatBody } from './chat-api-types.ts';
import {
  type Column,
  createAssistantMessage,
  createMessageId,
  createUserMessage,
  type Draft,
  dropLastReply,
  dropLastTurn,
  listOpenCalls,
  type Message,
  replaceReply,
} from './conversation.ts';
import { sendChatBody } from './send-chat-body.ts';
import type { Reply } from './streamed-reply.ts';

type ColumnId = Column['id'];

/** Builds the request that answers these messages with the model of a column. */
export type BuildBody = (columnId: ColumnId, messages: readonly Message[]) => ChatBody;

export interface Conversation {
  readonly columns: readonly Column[];
  /** Sends a message of the visitor to all models at once. */
  readonly send: (draft: Draft, buildBody: BuildBody) => void;
  /** Sends the results of all calls of the last reply to the model that has made them. */
  readonly sendToolResults: (columnId: ColumnId, texts: readonly string[], buildBody: BuildBody) => void;
  readonly regenerate: (columnId: ColumnId, buildBody: BuildBody) => void;
  readonly stop: (columnId: ColumnId) => void;
  readonly removeLastTurn: () => void;
  /** Replaces all messages, in all columns. */
  readonly replace: (messages: readonly Message[]) => void;
  /** Adds a second column with the same messages, or removes it. */
  readonly compare: (isCompared: boolean) => void;
}

const firstColumn: Column = { id: 'first', messages: [] };

/** Keeps the conversation in the memory of the page, and follows the replies. */
export function useConversation(isCompared: boolean): Conversation {
  const { apiKey } = useSession();
  const [columns, setColumns] = useState<readonly Column[]>(
    isCompared ? [firstColumn, { ...firstColumn, id: 'second' }] : [firstColumn],
  );
  const controllers = useRef(new Map<ColumnId, AbortController>());
  useEffect(() => () => abortAll(controllers.current), []);

  const follow = useCallback(
    (columnId: ColumnId, messageId: number, body: ChatBody) => {
      const controller = new AbortController();
      controllers.current.set(columnId, controller);
      const onChange = inFrames<Reply>((reply) => setColumns((all) => replaceReply(all, messageId, reply)));
      sendChatBody(body, { apiKey, signal: controller.signal, onChange });
    },
    [apiKey],
  );

  /** Asks for a reply in each column that has changed. */
  const request = (changed: readonly Column[], buildBody: BuildBody) => {
    const requested = changed.map((column) => {
      const message = createAssistantMessage();
      const lastBody = buildBody(column.id, column.messages);
      follow(column.id, message.id, lastBody);
      return { ...column, messages: [...column.messages, message], lastBody };
    });
    // Another column may go on receiving.
    setColumns((all) => all.map((column) => requested.find(({ id }) => id === column.id) ?? column));
  };
  const select = (columnId: ColumnId) => columns.filter(({ id }) => id === columnId);

  return {
    columns,
    send: (draft, buildBody) =>
      request(
        columns.map((column) => ({ ...column, messages: [...column.messages, createUserMessage(draft)] })),
        buildBody,
      ),
    sendToolResults: (columnId, texts, buildBody) =>
      request(
        select(columnId).map((column) => ({ ...column, messages: [...column.messages, ...toResults(column, texts)] })),
        buildBody,
      ),
    regenerate: (columnId, buildBody) =>
      request(
        select(columnId).map((column) => ({ ...column, messages: dropLastReply(column.messages) })),
        buildBody,
      ),
    stop: (columnId) => controllers.current.get(columnId)?.abort(),
    removeLastTurn: () => setColumns(columns.map((column) => ({ ...column, messages: dropLastTurn(column.messages) }))),
    replace: (messages) => {
      abortAll(controllers.current);
      setColumns(columns.map(({ id }) => ({ id, messages })));
    },
    compare: (isOn) => {
      const [first = firstColumn] = columns;
      if (!isOn) controllers.current.get('second')?.abort();
      setColumns(isOn ? [first, { id: 'second', messages: copyMessages(first.messages) }] : [first]);
    },
  };
}

function toResults({ messages }: Column, texts: readonly string[]): Message[] {
  return listOpenCalls(messages).map(({ id, name }, index) => ({
    role: 'tool',
    id: createMessageId(),
    toolCallId: id,
    toolName: name,
    text: texts[index] ?? '',
  }));
}

/** The second model gets the replies of the first as its own. Their figures stay with the first. */
function copyMessages(messages: readonly Message[]): Message[] {
  return messages.map((message) => {
    if (message.role !== 'assistant') return { ...message, id: createMessageId() };
    const { text, reasoning, reasoningDetails, toolCalls } = message.reply;
    return createAssistantMessage({ status: 'loaded', text, reasoning, reasoningDetails, toolCalls });
  });
}

function abortAll(controllers: ReadonlyMap<ColumnId, AbortController>): void {
  for (const controller of controllers.values()) controller.abort();
}

/** Returns a function that passes on at most one value for each frame that the browser paints: the newest, and the last in any case. */
function inFrames<Value>(apply: (value: Value) => void): (value: Value) => void {
  let newest: Value;
  let isWaiting = false;
  return (value) => {
    newest = value;
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      apply(newest);
    });
  };
}
