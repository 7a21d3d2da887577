import type { GatewayError } from '../domain/errors.ts';
import type { ChatStreamEvent } from '../gateway/chat-stream-event.ts';
import type { GatewayResult } from '../gateway/gateway-request.ts';

/** What comes before the last event of a stream. */
export interface PreparedEnd {
  /** Events that do not wait. */
  readonly text: string;
  /** Resolves when the last event may be encoded. Never rejects. */
  readonly ready: Promise<void>;
}

/**
 * Encodes one streamed reply in a client protocol. Each method returns whole server-sent events as text (`data: …\n\n`), or an
 * empty string where the protocol has no event. Synchronous and without I/O, but for `prepareEnd`.
 */
export interface StreamEncoder {
  /** The events before the reply. */
  start(): string;
  /** Encodes one event. `done` is the last one: its text ends the stream. */
  encode(event: ChatStreamEvent): string;
  /** Prepares the event `done`, such as by storing the reply. Absent where nothing has to be done. */
  prepareEnd?(result: GatewayResult): PreparedEnd;
  /** Ends a stream that has failed. Clients must not take this for the end of a whole reply. */
  fail(error: GatewayError): string;
}
