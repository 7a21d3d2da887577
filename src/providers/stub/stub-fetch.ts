import { encodeStubCompletion, encodeStubError, encodeStubStream } from './stub-body.ts';
import { encodeStubEmbeddings, parseStubEmbeddingRequest, type StubEmbeddingRequest } from './stub-embeddings.ts';
import { pause } from './stub-pause.ts';
import { createStubReply } from './stub-reply.ts';
import { parseStubRequest, type StubRequest } from './stub-request.ts';

/**
 * Stub's models. `stub` answers; `stub-error` fails before it says anything; `stub-slow` takes 2 s to begin and 200 ms for
 * each chunk; `stub-cut` breaks off in the middle. Any other vendor's model is answered as `stub` is, so that a call can be
 * tried by changing nothing but its provider.
 */
export const stubModels = ['stub', 'stub-error', 'stub-slow', 'stub-cut'] as const;

const slowStartMs = 2000;
const slowChunkMs = 200;
/** Chunks that `stub-cut` sends: the opening one and two pieces of text. */
const chunksBeforeCut = 3;

/** Stands where `fetch` does and answers by OpenAI's protocol, without any network. */
export async function stubFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  const signal = init.signal ?? undefined;
  const body = String(init.body);
  if (pathname.endsWith('/chat/completions')) {
    const request = parseStubRequest(body);
    return typeof request === 'string' ? refusal(400, request, null) : answerChat(request, signal);
  }
  if (pathname.endsWith('/embeddings')) {
    const request = parseStubEmbeddingRequest(body);
    return typeof request === 'string' ? refusal(400, request, null) : answerEmbeddings(request, signal);
  }
  return refusal(400, `Stub has no ${pathname}.`, null);
}

async function answerChat(request: StubRequest, signal: AbortSignal | undefined): Promise<Response> {
  const { model } = request;
  const failed = await begin(model, signal);
  if (failed) return failed;
  const reply = createStubReply(request);
  if (typeof reply === 'string') return refusal(400, reply, null);
  if (!request.stream) return whole(model, encodeStubCompletion(request, reply));
  const events = encodeStubStream(request, reply);
  const sent = model === 'stub-cut' ? events.slice(0, chunksBeforeCut) : events;
  const headers = { 'content-type': 'text/event-stream' };
  return new Response(streamOf(sent, model === 'stub-slow' ? slowChunkMs : 0, signal), { headers });
}

async function answerEmbeddings(request: StubEmbeddingRequest, signal: AbortSignal | undefined): Promise<Response> {
  return (await begin(request.model, signal)) ?? whole(request.model, encodeStubEmbeddings(request));
}

/** What a model does before it answers. Resolves with the reply of one that does not answer. */
async function begin(model: string, signal: AbortSignal | undefined): Promise<Response | undefined> {
  if (model.startsWith('stub-') && !stubModels.some((known) => known === model)) {
    const known = stubModels.join(', ');
    return refusal(404, `The model ${model} does not exist. Stub's models are ${known}.`, 'model_not_found');
  }
  if (model === 'stub-error') return json(500, encodeStubError('stub-error fails on purpose.', 'server_error', null));
  if (model === 'stub-slow') await pause(slowStartMs, signal);
  return undefined;
}

function whole(model: string, body: string): Response {
  return json(200, model === 'stub-cut' ? body.slice(0, body.length / 2) : body);
}

/** One event a read, and none ahead of it. */
function streamOf(events: readonly string[], pauseMs: number, signal: AbortSignal | undefined): ReadableStream {
  const encoder = new TextEncoder();
  let position = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        if (pauseMs > 0 && position > 0) await pause(pauseMs, signal);
        signal?.throwIfAborted();
        const event = events[position++];
        if (event === undefined) controller.close();
        else controller.enqueue(encoder.encode(event));
      },
    },
    { highWaterMark: 0 },
  );
}

function refusal(status: number, message: string, code: string | null): Response {
  return json(status, encodeStubError(message, 'invalid_request_error', code));
}

function json(status: number, body: string): Response {
  return new Response(body, { status, headers: { 'content-type': 'application/json' } });
}
