import { yieldToEventLoop } from '../../lib/yield-to-event-loop.ts';
import { encodeStubCompletion, encodeStubError, encodeStubStream } from './encode-stub-reply.ts';
import { parseStubRequest, type StubRequest } from './parse-stub-request.ts';
import {
  createStubCompletions,
  encodeStubTextCompletion,
  encodeStubTextStream,
  parseStubCompletionRequest,
  type StubCompletionRequest,
} from './stub-completions.ts';
import { encodeStubEmbeddings, parseStubEmbeddingRequest, type StubEmbeddingRequest } from './stub-embeddings.ts';
import { findStubFailure } from './stub-models.ts';
import { pause } from './stub-pause.ts';
import { createStubReply } from './stub-reply.ts';

const slowStartMs = 2000;
const slowChunkMs = 200;
/** Chunks that `stub-cut` sends: the opening one and two pieces of text. */
const chunksBeforeCut = 3;
const lateError = encodeStubError('stub-late-error fails on purpose.', 'server_error', null);
/** The client reads events as fast as they come: after so many, others have a turn. */
const eventsPerTurn = 250;

/** Stands in for `fetch` and answers by OpenAI's protocol, without any network. */
export async function stubFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  const signal = init.signal ?? undefined;
  const body = String(init.body);
  await yieldToEventLoop(body.length);
  if (pathname.endsWith('/chat/completions')) {
    const request = parseStubRequest(body);
    await yieldToEventLoop(body.length);
    return 'message' in request
      ? createRefusal(400, request.message, null, request.param)
      : answerChat(request, signal);
  }
  if (pathname.endsWith('/completions')) {
    const request = parseStubCompletionRequest(body);
    return typeof request === 'string' ? createRefusal(400, request, null) : answerCompletions(request, signal);
  }
  if (pathname.endsWith('/embeddings')) {
    const request = parseStubEmbeddingRequest(body);
    return typeof request === 'string' ? createRefusal(400, request, null) : answerEmbeddings(request, signal);
  }
  return createRefusal(400, `Stub has no ${pathname}.`, null);
}

async function answerChat(request: StubRequest, signal: AbortSignal | undefined): Promise<Response> {
  const { model } = request;
  const failure = await startModel(model, signal);
  if (failure) return failure;
  const reply = await createStubReply(request);
  if (typeof reply === 'string') {
    return createRefusal(400, reply, null, reply.includes('parameters of the tool') ? 'tools' : 'response_format');
  }
  if (!request.stream) return createWholeResponse(model, encodeStubCompletion(request, reply));
  return createStreamResponse(model, { events: encodeStubStream(request, reply), openingEvents: 1 }, signal);
}

async function answerCompletions(request: StubCompletionRequest, signal: AbortSignal | undefined): Promise<Response> {
  const { model } = request;
  const failure = await startModel(model, signal);
  if (failure) return failure;
  const replies = await createStubCompletions(request);
  if (typeof replies === 'string') return createRefusal(400, replies, null);
  if (!request.stream) return createWholeResponse(model, encodeStubTextCompletion(request, replies));
  return createStreamResponse(model, { events: encodeStubTextStream(request, replies), openingEvents: 0 }, signal);
}

interface StubStream {
  readonly events: Iterator<string>;
  /** How many events come before the first content. */
  readonly openingEvents: number;
}

function createStreamResponse(
  model: string,
  { events, openingEvents }: StubStream,
  signal: AbortSignal | undefined,
): Response {
  const maxEvents = model === 'stub-cut' ? chunksBeforeCut : Infinity;
  const sent = model === 'stub-late-error' ? failBehind(events, openingEvents) : events;
  const pauseMs = model === 'stub-slow' ? slowChunkMs : 0;
  const headers = { 'content-type': 'text/event-stream' };
  return new Response(createEventStream(sent, { maxEvents, pauseMs, signal }), { headers });
}

function* failBehind(events: Iterator<string>, openingEvents: number): Generator<string> {
  for (let sent = 0; sent < openingEvents; sent += 1) yield String(events.next().value);
  yield `data: ${lateError}\n\n`;
}

async function answerEmbeddings(request: StubEmbeddingRequest, signal: AbortSignal | undefined): Promise<Response> {
  const { model } = request;
  const failure = await startModel(model, signal);
  const answered = model === 'stub-empty' ? { ...request, inputs: [] } : request;
  return failure ?? createWholeResponse(model, await encodeStubEmbeddings(answered));
}

/** Does what a model does before it answers. Resolves with the response of a model that does not answer. */
async function startModel(model: string, signal: AbortSignal | undefined): Promise<Response | undefined> {
  const failure = findStubFailure(model);
  if (failure) {
    const { status, message, type, code, headers } = failure;
    return createJsonResponse(status, encodeStubError(message, type, code), headers);
  }
  if (model === 'stub-slow') await pause(slowStartMs, signal);
  return undefined;
}

function createWholeResponse(model: string, body: string): Response {
  if (model === 'stub-late-error') return createJsonResponse(200, lateError);
  return createJsonResponse(200, model === 'stub-cut' ? body.slice(0, body.length / 2) : body);
}

/** One event a read, and none ahead of it. */
function createEventStream(
  events: Iterator<string>,
  {
    maxEvents,
    pauseMs,
    signal,
  }: { readonly maxEvents: number; readonly pauseMs: number; readonly signal: AbortSignal | undefined },
): ReadableStream {
  const encoder = new TextEncoder();
  let position = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        if (pauseMs > 0 && position > 0) await pause(pauseMs, signal);
        position += 1;
        if (position % eventsPerTurn === 0) await pause(0, signal);
        signal?.throwIfAborted();
        const event = position <= maxEvents ? events.next() : undefined;
        if (!event || event.done) controller.close();
        else controller.enqueue(encoder.encode(event.value));
      },
    },
    { highWaterMark: 0 },
  );
}

function createRefusal(status: number, message: string, code: string | null, param: string | null = null): Response {
  return createJsonResponse(status, encodeStubError(message, 'invalid_request_error', code, param));
}

function createJsonResponse(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } });
}
