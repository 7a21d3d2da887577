import type { GatewayError } from '../domain/errors.ts';
import type { StreamEvent } from '../domain/response.ts';
import { concatBytes } from '../lib/concat-bytes.ts';
import type { Attempt } from './attempt.ts';
import { BodyReader } from './body-reader.ts';
import { ClientDisconnectedError } from './deadlines.ts';
import { EventSplitter } from './event-splitter.ts';
import type { MeteredStream } from './metered-stream.ts';

export interface PassthroughStream {
  readonly attempt: Attempt;
  readonly reply: MeteredStream;
  /** The provider's 2xx answer, its body unread. */
  readonly response: Response;
  /** Where the client reads. */
  readonly writable: WritableStream<Uint8Array>;
  /** The protocol's own error event, as text; its number, where the protocol numbers events. */
  readonly encodeError: (error: GatewayError, eventNumber?: number) => string;
}

const encoder = new TextEncoder();

/**
 * Passes a stream on event by event, each whole and as it came; with `hidesUsage` without the chunk that does nothing but
 * count tokens. An error that the provider sends in mid-stream is told in the gateway's words. Never rejects.
 */
export async function rewriteStream({
  attempt,
  reply,
  response,
  writable,
  encodeError,
  stripUsageChunk,
}: PassthroughStream & { readonly stripUsageChunk: boolean }): Promise<void> {
  const writer = writable.getWriter();
  const reader = new BodyReader(response, attempt.deadlines);
  const splitter = new EventSplitter();
  /** Gives what the client may see of some events, and the error that ends them. */
  const take = (texts: readonly Uint8Array<ArrayBuffer>[]): { shown: Uint8Array<ArrayBuffer>[]; error?: unknown } => {
    const shown: Uint8Array<ArrayBuffer>[] = [];
    for (const bytes of texts) {
      try {
        const events = reply.read(bytes);
        if (!stripUsageChunk || !countsOnly(events, bytes)) shown.push(bytes);
      } catch (error) {
        return { shown, error };
      }
      if (reply.finished) break;
    }
    return { shown };
  };
  try {
    try {
      for (let bytes = await reader.read(); bytes; bytes = await reader.read()) {
        const { shown, error } = take(splitter.push(bytes));
        if (shown.length > 0) await write(writer, concatBytes(shown));
        if (error !== undefined) throw error;
        if (reply.finished) break;
      }
    } finally {
      await reader.close();
    }
    if (!reply.finished) {
      const rest = splitter.end();
      const { shown, error } = take(rest.length > 0 ? [rest] : []);
      if (error !== undefined) throw error;
      // What is left is shown only where it was the end: otherwise it may be half an event.
      reply.end(reader.connectionError);
      if (shown.length > 0) await write(writer, concatBytes(shown));
    }
    await writer.close();
  } catch (thrown) {
    const ownWords = (error: GatewayError) => encodeError(error, reply.nextEventNumber);
    await endEarly(writer, reply.fail(thrown), ownWords);
  }
}

/** Writes the error event, for whoever may still be there. */
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
    // The client has left.
  }
}

/** Rejects with a ClientGoneError where nobody reads any more. */
async function write(writer: WritableStreamDefaultWriter<Uint8Array>, bytes: Uint8Array): Promise<void> {
  try {
    await writer.write(bytes);
  } catch (cause) {
    throw new ClientDisconnectedError('The client reads no more.', { cause });
  }
}

/** Whether an event has no choice and counts tokens: OpenAI's last chunk but one where `include_usage` was asked for. */
function countsOnly(events: readonly StreamEvent[], bytes: Uint8Array): boolean {
  return (
    events.some(({ type }) => type === 'usage') &&
    events.every(({ type }) => type === 'usage' || type === 'start') &&
    /"choices"\s*:\s*\[\s*\]/.test(new TextDecoder().decode(bytes))
  );
}
