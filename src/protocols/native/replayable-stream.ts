import { eventStreamHeaders } from '../../http/sse-writer.ts';
import { maxStoredBodyLength, type ResponseClaim } from '../../idempotency/idempotent-response.ts';
import { encodeNativeEvent, type NativeEvent, type NativeEventWriter, splitText } from './native-event-writer.ts';

/**
 * A native stream that is kept under the call's idempotency key, where it has one, once it has its `done`. What ends in any
 * other way is not kept: the same call can then be made again.
 */
export class ReplayableStream {
  readonly #writer: NativeEventWriter;
  readonly #claim: ResponseClaim | undefined;
  #written = '';

  constructor(writer: NativeEventWriter, claim: ResponseClaim | undefined) {
    this.#writer = writer;
    this.#claim = claim;
  }

  async write(event: NativeEvent): Promise<void> {
    // Beyond what can be kept it only has to be known that it is too much.
    if (this.#claim && this.#written.length <= maxStoredBodyLength) this.#written += encodeNativeEvent(event);
    await this.#writer.write(event);
  }

  /** Writes text as one `chunk`, or as several where it is long. */
  async writeText(text: string): Promise<void> {
    for (const content of splitText(text)) await this.write({ type: 'chunk', content });
  }

  /** Ends the stream well. It is kept before its `done` is sent: who has read that can have all of it again. */
  async end(done: NativeEvent): Promise<void> {
    await this.#claim?.store({
      status: 200,
      headers: eventStreamHeaders,
      body: this.#written + encodeNativeEvent(done),
    });
    await this.#writer.end(done);
  }

  async fail(error: NativeEvent): Promise<void> {
    await this.#claim?.release();
    await this.#writer.end(error);
  }

  async abandon(reason: unknown): Promise<void> {
    await this.#claim?.release();
    await this.#writer.abandon(reason);
  }
}

/** Whether a reply is a stream of events. */
export function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

/** A kept stream once more: event by event, as clients read it that parse read by read. */
export function replayEvents(
  body: string,
  headers: HeadersInit,
  waitUntil: (work: Promise<unknown>) => void,
): Response {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  const write = async () => {
    for (const event of body.split(/(?<=\n\n)/)) await writer.write(encoder.encode(event));
    await writer.close();
  };
  waitUntil(write().catch((reason: unknown) => writer.abort(reason).catch(() => undefined)));
  return new Response(readable, { headers });
}
