import { GatewayError, toGatewayError } from '../domain/errors.ts';
import type { StreamEvent } from '../domain/response.ts';
import type { StreamEnd } from '../domain/stream-end.ts';
import type { StreamDecoder } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import { BodyReader } from './body-reader.ts';
import { ClientDisconnectedError } from './deadlines.ts';
import type { AnsweredReport, GatewayResult } from './gateway-request.ts';
import { OutputAccumulator } from './output-accumulator.ts';

/** A provider's events; in the place of `finish` comes what the call came to. */
export type ChatStreamEvent =
  | Exclude<StreamEvent, { type: 'finish' }>
  | { readonly type: 'done'; readonly result: GatewayResult };

/** A chat response that is streamed. */
export interface StreamedChat {
  readonly events: ChatStream;
  readonly report: AnsweredReport;
  /** Never rejects. */
  readonly ended: Promise<StreamEnd>;
}

/**
 * The events of a call. No generator, for each of its steps would cost a chunk as much as the reading. To be read to its end,
 * or stopped: the call is settled then.
 */
export class ChatStream {
  readonly #attempt: Attempt;
  readonly #reader: BodyReader;
  readonly #decoder: StreamDecoder;
  readonly #produced = new OutputAccumulator();
  /** What follows the events that were given last. */
  #failure: GatewayError | undefined;
  #settled = false;

  constructor(attempt: Attempt, response: Response) {
    this.#attempt = attempt;
    this.#reader = new BodyReader(response, attempt.deadlines);
    this.#decoder = attempt.provider.createDecoder();
  }

  /**
   * What the next read of the provider's body has completed; undefined behind the one `done`. Throws a GatewayError, or a
   * ClientGoneError, where there is none.
   */
  async read(): Promise<readonly ChatStreamEvent[] | undefined> {
    if (this.#settled) {
      await this.#reader.close();
      return undefined;
    }
    try {
      if (this.#failure) throw this.#failure;
      for (let bytes = await this.#reader.read(); bytes; bytes = await this.#reader.read()) {
        const events = this.#decode(bytes);
        if (events.length > 0) return this.#take(events);
      }
      return this.#readEnd();
    } catch (error) {
      await this.#reader.close();
      throw this.#fail(error);
    }
  }

  /** Settles a call whose events nobody reads any further. What for: its client has left, where it is not said. */
  async stop(reason: GatewayError | ClientDisconnectedError = new ClientDisconnectedError()): Promise<void> {
    await this.#reader.close();
    if (!this.#settled) this.#fail(reason);
  }

  #decode(bytes: Uint8Array): StreamEvent[] {
    const events: StreamEvent[] = [];
    try {
      this.#decoder.push(bytes, events);
    } catch (error) {
      // What stood before an error in the same bytes has been produced all the same.
      this.#failure = toGatewayError(error);
      if (events.length === 0) throw this.#failure;
    }
    return events;
  }

  #readEnd(): readonly ChatStreamEvent[] {
    const events: StreamEvent[] = [];
    try {
      this.#decoder.end(events);
    } catch (error) {
      throw this.#reader.connectionError ?? error;
    }
    const taken = this.#take(events);
    if (this.#settled) return taken;
    this.#failure = new GatewayError('provider_error', 'The provider ended its reply without saying so.', {
      detail: 'stream_cut_off',
    });
    if (taken.length === 0) throw this.#failure;
    return taken;
  }

  #take(events: readonly StreamEvent[]): ChatStreamEvent[] {
    return events.map((event) => {
      this.#attempt.recordEvent(event);
      this.#produced.add(event);
      if (event.type !== 'finish') return event;
      this.#settled = true;
      return { type: 'done', result: this.#attempt.complete(event.finishReason, this.#produced) };
    });
  }

  #fail(reason: unknown): GatewayError | ClientDisconnectedError {
    this.#settled = true;
    return this.#attempt.fail(reason, this.#produced);
  }
}
