import type { GatewayError } from '../domain/errors.ts';
import type { ChatStreamEvent } from '../gateway/chat-stream.ts';

/**
 * Writes one streamed reply in a client protocol's own words. Each method gives server-sent events as text, whole ones
 * (`data: …\n\n`), or an empty string where the protocol says nothing. Synchronous and without I/O.
 */
export interface StreamEncoder {
  /** What begins the stream, before anything of the reply is there. */
  start(): string;
  /** What an event of the call becomes. A `done` is the last event, and its text ends the stream. */
  encode(event: ChatStreamEvent): string;
  /** What ends a stream that has failed, in the place of its end: never what a client takes for one. */
  fail(error: GatewayError): string;
}
