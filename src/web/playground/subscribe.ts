import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { GraphQLRequest } from './execute.ts';
import { type GraphQLReply, readReply } from './read-reply.ts';

/**
 * Runs a subscription by GraphQL over SSE in its distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md): one POST, answered by `next` events and a
 * `complete`. It uses fetch, because EventSource can send neither a key nor a body. `return` ends the request at once,
 * even while an event is awaited.
 */
export function subscribe(request: GraphQLRequest): AsyncIterableIterator<GraphQLReply> {
  const stop = new AbortController();
  const replies = readReplies(request, stop.signal);
  return {
    next: () => replies.next(),
    async return() {
      stop.abort();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* readReplies(request: GraphQLRequest, signal: AbortSignal): AsyncGenerator<GraphQLReply, void> {
  try {
    const { url, headers, body } = request;
    const accept = 'text/event-stream, application/json';
    const response = await fetch(url, { method: 'POST', headers: { ...headers, accept }, body, signal });
    if (response.body === null || !isEventStream(response)) yield await readReply(response);
    else yield* readEvents(response.body);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function isEventStream({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

async function* readEvents(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<GraphQLReply, void> {
  const reader = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const { event, data } = read.value;
    if (event === 'complete') return;
    if (event === 'next') yield JSON.parse(data);
  }
  throw new Error('The connection broke off before the subscription was complete.');
}
