import type { AttemptEnd, AttemptObserver, GatewayRequest } from '../gateway/gateway-request.ts';
import { getWaitUntil, type HttpContext } from '../http/context.ts';
import { concatBytes } from '../lib/concat-bytes.ts';
import { isCacheableFinish } from '../reply-cache/is-cacheable.ts';
import { maxReplyBytes, type NewReply } from '../reply-cache/reply-cache.ts';
import { buildTranslationHeaders } from './translation-headers.ts';

/** What a client needs to understand a reply. All other headers (ids, limits, times) describe one request. */
const keptHeaders = ['content-type', 'cache-control', 'x-accel-buffering'];

/** Records the reply to a request while the client gets it. A reply that is too long, is cut off or refuses is not recorded. */
export class ReplyRecording {
  readonly #source: GatewayRequest['source'];
  /** That of the last attempt. */
  #end: AttemptEnd | undefined;
  #observer: AttemptObserver | undefined;

  constructor(source: GatewayRequest['source']) {
    this.#source = source;
  }

  /** Takes the end of the next attempt; that of the one before it does not count any more. */
  observeAttempt(): AttemptObserver {
    const observer: AttemptObserver = (end) => {
      if (this.#observer === observer) this.#end = end;
    };
    this.#end = undefined;
    this.#observer = observer;
    return observer;
  }

  /** Returns the response as the client gets it. Calls `store` with the reply once the client has taken all of it. */
  async record(response: Response, context: HttpContext, store: (reply: NewReply) => void): Promise<Response> {
    if (response.status !== 200 || !response.body) return response;
    const headers = this.#selectHeaders(response, context);
    const { route } = context.get('report') ?? {};
    const end = (body: Uint8Array<ArrayBuffer>) => {
      const { record, hasRefusal } = this.#end ?? {};
      if (record?.status !== 'completed' || hasRefusal || !isCacheableFinish(record.finishReason)) return;
      const { provider, model, finishReason, costNanoUsd } = record;
      store({ headers, body, provider, model, route, finishReason, costNanoUsd });
    };
    if (this.#source === 'stream') {
      const { readable, writable } = new IdentityTransformStream();
      getWaitUntil(context)(copyStream(response.body, writable, end));
      return new Response(readable, response);
    }
    const body = new Uint8Array(await response.arrayBuffer());
    end(body);
    return new Response(body, response);
  }

  #selectHeaders({ headers }: Response, context: HttpContext): [name: string, value: string][] {
    const kept = keptHeaders.flatMap((name): [string, string][] => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    const translation = context.get('translation');
    return translation ? [...kept, ...buildTranslationHeaders(translation)] : kept;
  }
}

/**
 * Copies a stream to the client as it comes, and calls `onEnd` with its bytes where it ends well and is not too long. Never rejects: a
 * client that leaves cancels the stream, and a stream that breaks breaks the client's.
 */
async function copyStream(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  writable: WritableStream<Uint8Array>,
  onEnd: (bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  const reader = body.getReader();
  const writer = writable.getWriter();
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (!value) continue;
      length += value.byteLength;
      if (length > maxReplyBytes) parts = [];
      else parts.push(value);
      await writer.write(value);
    }
    // Before the client sees the end: its next request finds the reply.
    if (length <= maxReplyBytes) onEnd(concatBytes(parts));
    await writer.close();
  } catch (reason) {
    await Promise.allSettled([reader.cancel(reason), writer.abort(reason)]);
  }
}
