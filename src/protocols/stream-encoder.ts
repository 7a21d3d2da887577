import type { GatewayError } from '../domain/errors.ts';
import type { ChatStreamEvent } from '../gateway/chat-stream-event.ts';

/**
 * Encodes one streamed reply in a client protocol. Each method returns whole server-sent events as text (`data: …\n\n`), or an
 * empty string where the protocol has no event. Synchronous and without I/O.
 */
export interface StreamEncoder {
  /** The events before the reply. */
  start(): string;
  /** Encodes one event. `done` is the last one: its text ends the stream. */
  encode(event: ChatStreamEvent): string;
  /** Ends a stream that has failed. Clients must not take this for the end of a whole reply. */
  fail(error: GatewayError): string;
}
