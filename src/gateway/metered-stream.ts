import { GatewayError } from '../domain/errors.ts';
import type { StreamEvent } from '../domain/response.ts';
import type { Endpoint, StreamDecoder } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import type { ClientDisconnectedError } from './deadlines.ts';
import { OutputAccumulator } from './output-accumulator.ts';

/** A streamed reply that is passed through: read on the side for what it says of itself, and settled once. */
export class MeteredStream {
  readonly #attempt: Attempt;
  readonly #decoder: StreamDecoder;
  readonly #produced = new OutputAccumulator();
  #finished = false;

  constructor(attempt: Attempt, endpoint: Endpoint) {
    const decoder = endpoint.createDecoder?.();
    if (!decoder) throw new GatewayError('internal');
    this.#attempt = attempt;
    this.#decoder = decoder;
  }

  /** Whether the protocol's terminator has come. The call is settled then. */
  get finished(): boolean {
    return this.#finished;
  }

  /** The number of an event that is written behind what has been read, where the protocol numbers them. */
  get nextEventNumber(): number | undefined {
    return this.#decoder.nextEventNumber;
  }

  /** Reads further bytes. Gives their events; throws the error that the provider sent in mid-stream. */
  read(bytes: Uint8Array): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    try {
      this.#decoder.push(bytes, events);
    } finally {
      this.#note(events);
    }
    return events;
  }

  /** Reads the end of the body. Throws `provider_error` where the terminator has not come; what `broke` it, where that is known. */
  end(broke?: GatewayError): void {
    if (this.#finished) return;
    const events: StreamEvent[] = [];
    try {
      this.#decoder.end(events);
    } catch (error) {
      throw broke ?? error;
    } finally {
      this.#note(events);
    }
    if (!this.#finished)
      throw new GatewayError('provider_error', 'The provider ended its reply without saying so.', {
        detail: 'stream_cut_off',
      });
  }

  /** Settles a reply that broke off, and ends what is left of it. Gives the error to answer with. */
  fail(thrown: unknown): GatewayError | ClientDisconnectedError {
    return this.#attempt.fail(thrown, this.#produced);
  }

  #note(events: readonly StreamEvent[]): void {
    for (const event of events) {
      this.#attempt.recordEvent(event);
      this.#produced.add(event);
      if (event.type !== 'finish') continue;
      this.#finished = true;
      this.#attempt.complete(event.finishReason, this.#produced);
    }
  }
}
