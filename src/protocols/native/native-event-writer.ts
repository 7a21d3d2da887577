import type { GatewayError } from '../../domain/errors.ts';
import { SseWriter } from '../../http/sse-writer.ts';
import { toJsonLine } from '../../lib/to-json-line.ts';

/** One event of a native stream: a line of JSON with a `type`. */
export type NativeEvent = { readonly type: 'start' | 'chunk' | 'done' | 'error' | 'status' } & Readonly<
  Record<string, unknown>
>;

/** Each event is one write of at most 4 KiB. */
const maxMessageLength = 500;
/** A chunk of so many UTF-16 units stays below 4 KiB even where each of them has to be escaped (`\u001b`). */
const maxChunkLength = 640;

/** Writes a native stream. */
export class NativeEventWriter {
  readonly #writer: SseWriter;

  constructor(writable: WritableStream<Uint8Array>, now: () => number) {
    this.#writer = new SseWriter(writable, now);
  }

  /** Resolves when the client has taken the event; rejects when it has left. An event with an `id` also has its type as a field. */
  async write(event: NativeEvent, id?: number): Promise<void> {
    await this.#writer.write(encodeNativeEvent(event, id));
  }

  /** Writes the last event, if there is one, and ends the stream. */
  async end(event?: NativeEvent): Promise<void> {
    await this.#writer.end(event && encodeNativeEvent(event));
  }

  /** Lets go of a stream whose client has left. */
  async abandon(reason: unknown): Promise<void> {
    await this.#writer.abandon(reason);
  }
}

/** One event as it goes over the wire. */
export function encodeNativeEvent(event: NativeEvent, id?: number): string {
  const head = id === undefined ? '' : `id: ${id}\nevent: ${event.type}\n`;
  return `${head}data: ${toJsonLine(event)}\n\n`;
}

/** The event that ends a stream in an error. */
export function createErrorEvent({ code, message }: GatewayError, requestId: string): NativeEvent {
  return { type: 'error', code, message: truncateMessage(message), requestId };
}

/** A message that fits into one event, not cut inside a character. */
export function truncateMessage(message: string): string {
  return message.length <= maxMessageLength
    ? message
    : `${[...message.slice(0, maxMessageLength)].slice(0, -1).join('')}…`;
}

/** Pieces of at most `maxChunk` UTF-16 units that never part a surrogate pair. */
export function* splitText(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + maxChunkLength, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    yield text.slice(start, end);
    start = end;
  }
}
