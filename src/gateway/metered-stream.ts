import { GatewayError } from '../domain/errors.ts';
import type { StreamEvent } from '../domain/response.ts';
import type { Endpoint, StreamDecoder } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import type { ClientDisconnectedError } from './deadlines.ts';
import { OutputAccumulator } from './output-accumulator.ts';

/** Meters a streamed response that is passed through: decodes it for usage and finish reason, and settles it once. */
export class MeteredStream {
  readonly #attempt: Attempt;
  readonly #decoder: StreamDecoder;
  /** Absent for media, whose tokens cannot be estimated. */
  readonly #output: OutputAccumulator | undefined;
  #finished = false;

  /** `replies` is how many choices the request asks for. */
  constructor(attempt: Attempt, endpoint: Endpoint, replies?: number) {
    const decoder = endpoint.createDecoder?.(replies);
    if (!decoder) throw new GatewayError('internal');
    this.#attempt = attempt;
    this.#output = endpoint.isMedia ? undefined : new OutputAccumulator(attempt.tokenFactor);
    this.#decoder = decoder;
  }

  /** Whether the protocol's terminator was read. The request is settled then. */
  get finished(): boolean {
    return this.#finished;
  }

  /** The number of the next event, where the protocol numbers events. */
  get nextEventNumber(): number | undefined {
    return this.#decoder.nextEventNumber;
  }

  /** Decodes more bytes and returns their events. Throws only an error that the provider sent inside the stream. */
  read(bytes: Uint8Array): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    try {
      this.#decoder.push(bytes, events);
    } finally {
      this.#record(events);
    }
    return events;
  }

  /**
   * Decodes the end of the body. Throws `connectionError`, else `provider_error`, where the terminator is missing.
   */
  end(connectionError?: GatewayError): void {
    if (this.#finished) return;
    const events: StreamEvent[] = [];
    try {
      this.#decoder.end(events, connectionError === undefined);
    } catch (error) {
      throw connectionError ?? error;
    } finally {
      this.#record(events);
    }
    if (!this.#finished)
      throw new GatewayError('provider_error', 'The provider ended its reply without saying so.', {
        detail: 'stream_cut_off',
      });
  }

  /** Settles a response that broke off, and aborts the rest of it. Returns the error to respond with. */
  fail(thrown: unknown): GatewayError | ClientDisconnectedError {
    return this.#attempt.fail(thrown, this.#output, { isUnmeasured: this.#output === undefined });
  }

  #record(events: readonly StreamEvent[]): void {
    for (const event of events) {
      this.#attempt.recordEvent(event);
      this.#output?.add(event);
      if (event.type !== 'finish') continue;
      this.#finished = true;
      this.#attempt.complete(event.finishReason, this.#output);
    }
  }
}
