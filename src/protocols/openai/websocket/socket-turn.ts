import { GatewayError } from '../../../domain/errors.ts';
import type { HttpContext } from '../../../http/context.ts';
import { SseReader } from '../../../providers/sse-reader.ts';
import type { RouteDependencies } from '../../protocol-route.ts';
import { previousNotFoundError } from '../find-previous-items.ts';
import { encodeErrorReply, encodeSocketError } from './encode-socket-error.ts';
import { encodeWarmUpEvents } from './encode-warm-up-events.ts';
import { encodeRequestBody, type ResponseCreate, toInputItems } from './parse-response-create.ts';
import { type EndedResponse, SocketEventEncoder } from './socket-event-encoder.ts';
import type { SocketResponses } from './socket-memory.ts';
import { toKeptItems } from './to-kept-items.ts';
import { readTurnHeaders, shiftInputPaths } from './turn-headers.ts';

export interface TurnOptions {
  /** That of the connection. */
  readonly context: HttpContext;
  readonly dispatch: RouteDependencies['dispatch'];
  readonly now: () => number;
  readonly responses: SocketResponses;
  readonly streamId: string | undefined;
  /** Aborted at the end of the connection. */
  readonly signal: AbortSignal;
  readonly send: (message: string) => void;
  /** Resolves when more may be sent. */
  readonly pace: () => Promise<void>;
}

/** Headers of the upgrade that a request does not have, and those that are for one request. */
const upgradeHeaders = [
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
  'origin',
  'x-request-id',
  'idempotency-key',
  'prefer',
];

/**
 * Runs one turn: sends its request through the app as a `POST /v1/responses` with `stream`, and the events of the reply as messages.
 * Keeps the response for the next turns. A turn that fails drops the response that it continues, as OpenAI does. Resolves with whether
 * the response is complete.
 */
export async function runSocketTurn(create: ResponseCreate, options: TurnOptions): Promise<boolean> {
  const { responses } = options;
  const { previousResponseId } = create;
  const isCompleted = create.generate ? await runRequest(create, options) : warmUp(create, options);
  if (!isCompleted && previousResponseId !== undefined) responses.delete(previousResponseId);
  return isCompleted;
}

function warmUp(create: ResponseCreate, { responses, now, streamId, send }: TurnOptions): boolean {
  const { previousResponseId: previousId } = create;
  const input = toInputItems(create);
  if (previousId !== undefined && !responses.find(previousId)) {
    const reason = 'on this connection: send the whole conversation in input';
    send(encodeSocketError(previousNotFoundError(reason), { stream_id: streamId }));
    return false;
  }
  const { id, messages } = encodeWarmUpEvents(create, now, { stream_id: streamId });
  for (const message of messages) send(message);
  responses.save({ id, previousId, ...(input ?? { items: '', itemCount: 0 }) });
  return true;
}

/** Resolves with whether the response is complete. */
async function runRequest(create: ResponseCreate, options: TurnOptions): Promise<boolean> {
  const { context, dispatch, responses, signal, send, streamId: stream_id } = options;
  const previous = create.previousResponseId === undefined ? undefined : responses.find(create.previousResponseId);
  const previousCount = previous?.itemCount ?? 0;
  const request = createRequest(context, encodeRequestBody(create, previous?.items), signal);
  const response = await dispatch(request, context);
  const headers = readTurnHeaders(response.headers, previousCount);
  if (!response.ok || !response.body) {
    const body = shiftInputPaths(await response.text(), previousCount);
    send(encodeErrorReply(response.status, body, { stream_id, headers }));
    return false;
  }
  const previousId = previous && create.previousResponseId;
  const encoder = new SocketEventEncoder({ stream_id, headers, previousId });
  await forwardEvents(response.body, encoder, options);
  const { end } = encoder;
  if (!end && !signal.aborted) {
    const error = new GatewayError('provider_error', 'The reply ended before the response was complete.');
    send(encodeSocketError(error, { stream_id }));
  }
  if (end?.type !== 'completed') return false;
  keep(create, end.response, options);
  return true;
}

function createRequest(context: HttpContext, body: string, signal: AbortSignal): Request {
  const bytes = new TextEncoder().encode(body);
  const headers = new Headers(context.req.raw.headers);
  for (const name of upgradeHeaders) headers.delete(name);
  headers.set('content-type', 'application/json');
  headers.set('content-length', String(bytes.byteLength));
  return new Request(new URL(context.req.path, context.req.url), { method: 'POST', headers, body: bytes, signal });
}

/** Sends a message for each event. What is not read of the body holds the provider back. */
async function forwardEvents(
  body: ReadableStream<Uint8Array>,
  encoder: SocketEventEncoder,
  { signal, send, pace }: TurnOptions,
): Promise<void> {
  const reader = body.getReader();
  // The request has to end at once, as one whose client disconnects.
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const events = new SseReader();
  const forward = (messages: ReturnType<SseReader['push']>) => {
    for (const event of messages) {
      const message = encoder.encode(event);
      if (message !== undefined && !signal.aborted) send(message);
    }
  };
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      forward(events.push(chunk.value));
      await pace();
    }
    forward(events.end());
  } catch {
    // The reply broke off. What is missing shows at its end.
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Keeps a response that is not stored. A stored one is found by its id anyway. */
function keep(create: ResponseCreate, response: EndedResponse, { responses }: TurnOptions): void {
  const id: unknown = JSON.parse(response.get('id') ?? 'null');
  const input = toInputItems(create);
  const isStored = create.store !== false && response.get('store') === 'true';
  if (typeof id !== 'string' || id === '' || !input || isStored) return;
  const output = toKeptItems(response.get('output') ?? '[]');
  responses.save({
    id,
    previousId: create.previousResponseId,
    items: [input.items, output.items].filter((items) => items !== '').join(),
    itemCount: input.itemCount + output.itemCount,
  });
}
