import type { GatewayError } from '../domain/errors.ts';
import type { StreamEvent } from '../domain/response.ts';
import { concatBytes } from '../lib/concat-bytes.ts';
import type { Attempt } from './attempt.ts';
import { BodyReader } from './body-reader.ts';
import { ClientDisconnectedError } from './deadlines.ts';
import { EventSplitter } from './event-splitter.ts';
import type { ForwardStreamRequest } from './gateway-request.ts';
import type { MeteredStream } from './metered-stream.ts';

/** A provider's stream on its way to the client. */
export interface PassthroughStream {
  readonly attempt: Attempt;
  readonly meter: MeteredStream;
  /** The provider's 2xx response, its body unread. */
  readonly response: Response;
  /** The client's side. */
  readonly writable: WritableStream<Uint8Array>;
  /** Encodes the protocol's error event; with its number, where the protocol numbers events. */
  readonly encodeError: (error: GatewayError, eventNumber?: number) => string;
}

const encoder = new TextEncoder();

/**
 * Passes a stream through event by event, each whole and byte for byte; with `stripUsageChunk` without the chunk that only counts
 * tokens. An error that the provider sends inside the stream ends it: masked, or replaced by the gateway's own. Never rejects.
 *
 * For streams of which JavaScript must see each event before the client does: a chunk is removed, the last event waits, an error may name the
 * operator's account, the body was not fetched by the runtime (Stub), or the events are those of media. All others take
 * `pipeStream`, which costs less CPU where chunks are far apart. Measured in docs/decisions/2026-11-25-hot-path.md.
 */
export async function rewriteStream({
  attempt,
  meter,
  response,
  writable,
  encodeError,
  stripUsageChunk,
  beforeEnd,
}: PassthroughStream & Pick<ForwardStreamRequest, 'stripUsageChunk' | 'beforeEnd'>): Promise<void> {
  const writer = writable.getWriter();
  const reader = new BodyReader(response, attempt.deadlines, { gathersChunks: true });
  const splitter = new EventSplitter();
  /** The event in which the provider has sent an error. */
  let errorEvent: Uint8Array<ArrayBuffer> | undefined;
  /** Meters events; returns those that the client may see, and the error that ends them. */
  const meterEvents = (
    texts: readonly Uint8Array<ArrayBuffer>[],
  ): { visible: Uint8Array<ArrayBuffer>[]; error?: unknown } => {
    const visible: Uint8Array<ArrayBuffer>[] = [];
    for (const bytes of texts) {
      try {
        const events = meter.read(bytes);
        if (!stripUsageChunk || !isUsageChunk(events, bytes)) visible.push(bytes);
      } catch (error) {
        errorEvent = bytes;
        return { visible, error };
      }
      // The request is settled. What follows would be unmetered, and an error in it would contradict the end.
      if (meter.finished) break;
    }
    return { visible };
  };
  /** Writes all events but the last, which waits for `beforeEnd`. */
  const writeBeforeEnd = async (visible: Uint8Array<ArrayBuffer>[], prepare: (text: string) => Promise<void>) => {
    const others = visible.splice(0, visible.length - 1);
    const [last] = visible;
    if (others.length > 0) await write(writer, concatBytes(others));
    if (last) await prepare(new TextDecoder().decode(last));
  };
  try {
    try {
      for (let bytes = await reader.read(); bytes; bytes = await reader.read()) {
        const { visible, error } = meterEvents(splitter.push(bytes));
        if (meter.finished && beforeEnd) await writeBeforeEnd(visible, beforeEnd);
        if (visible.length > 0) await write(writer, concatBytes(visible));
        if (error !== undefined) throw error;
        if (meter.finished) break;
      }
    } finally {
      await reader.close();
    }
    if (!meter.finished) {
      const remainder = splitter.end();
      const { visible, error } = meterEvents(remainder.length > 0 ? [remainder] : []);
      if (error !== undefined) throw error;
      // The remainder is passed through only where it completes the stream: otherwise it may be half an event.
      meter.end(reader.connectionError);
      if (meter.finished && beforeEnd) await writeBeforeEnd(visible, beforeEnd);
      if (visible.length > 0) await write(writer, concatBytes(visible));
    }
    await writer.close();
  } catch (thrown) {
    const encodeNext = (error: GatewayError) =>
      errorEvent && error.upstream
        ? replaceEventData(new TextDecoder().decode(errorEvent), error.upstream.body)
        : encodeError(error, meter.nextEventNumber);
    await endEarly(writer, meter.fail(thrown), encodeNext);
  }
}

/** Writes the error event, unless the client has disconnected. */
async function endEarly(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  error: GatewayError | ClientDisconnectedError,
  encodeError: PassthroughStream['encodeError'],
): Promise<void> {
  try {
    if (error instanceof ClientDisconnectedError) return await writer.abort(error);
    await writer.write(encoder.encode(encodeError(error)));
    await writer.close();
  } catch {
    // The client has disconnected.
  }
}

/** Returns an event with other data. Its name and its id stay. */
function replaceEventData(event: string, data: string): string {
  const lines = event.split(/\r\n|\n|\r/).filter((line) => line !== '');
  if (readData(lines) === data) return `${lines.join('\n')}\n\n`;
  const others = lines.filter((line) => !line.startsWith('data:'));
  return [...others, ...data.split('\n').map((line) => `data: ${line}`), '', ''].join('\n');
}

function readData(lines: readonly string[]): string {
  return lines.flatMap((line) => (line.startsWith('data:') ? [line.slice(5).replace(/^ /, '')] : [])).join('\n');
}

/** Rejects with a ClientDisconnectedError once the client has stopped reading. */
async function write(writer: WritableStreamDefaultWriter<Uint8Array>, bytes: Uint8Array): Promise<void> {
  try {
    await writer.write(bytes);
  } catch (cause) {
    throw new ClientDisconnectedError('The client no longer reads.', { cause });
  }
}

/**
 * Whether an event counts tokens and has no choice: OpenAI's last chunk but one with `include_usage`. Vendors also write
 * `"choices":null` there, or leave `choices` out.
 */
function isUsageChunk(events: readonly StreamEvent[], bytes: Uint8Array): boolean {
  return (
    events.some(({ type }) => type === 'usage') &&
    events.every(({ type }) => type === 'usage' || type === 'start') &&
    !/"choices"\s*:\s*\[\s*[^\]\s]/.test(new TextDecoder().decode(bytes))
  );
}
