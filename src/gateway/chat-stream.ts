import { GatewayError, toGatewayError } from '../domain/errors.ts';
import type { StreamEvent } from '../domain/response.ts';
import type { StreamEnd } from '../domain/stream-end.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import type { StreamDecoder } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import { BodyReader } from './body-reader.ts';
import type { ChatStreamEvent } from './chat-stream-event.ts';
import { ContentProbe } from './content-probe.ts';
import type { ReplyContinuations } from './continuity/reply-continuations.ts';
import { ClientDisconnectedError } from './deadlines.ts';
import type { AnsweredReport } from './gateway-request.ts';
import { OutputAccumulator } from './output-accumulator.ts';

/** A chat response that is streamed. */
export interface StreamedChat {
  readonly events: ChatStream;
  readonly report: AnsweredReport;
  /** Never rejects. */
  readonly ended: Promise<StreamEnd>;
}

/**
 * The events of a streamed chat response. Not a generator, since each of its steps would cost a chunk as much as the read itself.
 * Must be read to its end or stopped: the request is settled then.
 */
export class ChatStream {
  readonly #attempt: Attempt;
  readonly #reader: BodyReader;
  readonly #decoder: StreamDecoder;
  readonly #output: OutputAccumulator;
  readonly #continuations: ReplyContinuations | undefined;
  /** The error that follows the events that were returned last. */
  #pendingError: GatewayError | undefined;
  #settled = false;
  /** The events that were read before the client may see them, and the read that goes on behind them. */
  #prefetched: ChatStreamEvent[] | undefined;
  #probe: ContentProbe | undefined;
  #begunRead: Promise<readonly ChatStreamEvent[] | undefined> | undefined;

  constructor(attempt: Attempt, response: Response, decoder: StreamDecoder, continuations?: ReplyContinuations) {
    this.#attempt = attempt;
    this.#continuations = continuations;
    this.#output = new OutputAccumulator(attempt.tokenFactor);
    this.#reader = new BodyReader(response, attempt.deadlines, { gathersChunks: true });
    this.#decoder = decoder;
  }

  /**
   * Returns the events that the next read of the provider's body completes; undefined after `done`. Throws a GatewayError, or a
   * ClientDisconnectedError, where the stream breaks.
   */
  async read(): Promise<readonly ChatStreamEvent[] | undefined> {
    if (this.#prefetched) {
      const events = this.#prefetched;
      this.#prefetched = undefined;
      if (events.length > 0) return events;
    }
    if (this.#begunRead) {
      const read = this.#begunRead;
      this.#begunRead = undefined;
      return await read;
    }
    return await this.#readNext();
  }

  /**
   * Reads to the first content or the end, which `read` returns then; no longer than `maxMs`, and no more than a `ContentProbe` lets be
   * held back. Throws as `read` does: the client has seen nothing of the stream then.
   */
  async readToContent(maxMs: number): Promise<void> {
    const probe = new ContentProbe(this.#attempt.provider.name);
    this.#probe = probe;
    const prefetched: ChatStreamEvent[] = [];
    const bound = Promise.withResolvers<'late'>();
    const stopTimer = setCancellableTimeout(maxMs, () => bound.resolve('late'));
    try {
      while (!probe.isDone) {
        const read = this.#readNext();
        const batch = await Promise.race([read, bound.promise]);
        if (batch === 'late') {
          this.#begunRead = read;
          break;
        }
        if (!batch) break;
        prefetched.push(...batch);
      }
    } finally {
      stopTimer();
      this.#probe = undefined;
    }
    this.#prefetched = prefetched;
  }

  async #readNext(): Promise<readonly ChatStreamEvent[] | undefined> {
    if (this.#settled) {
      await this.#reader.close();
      return undefined;
    }
    try {
      if (this.#pendingError) throw this.#pendingError;
      for (let bytes = await this.#reader.read(); bytes; bytes = await this.#reader.read()) {
        const events = this.#decode(bytes);
        if (events.length === 0 && !this.#probe?.isFull) continue;
        const added = this.#addContinuations(this.#record(events));
        // Nearly every chunk has nothing to wait for.
        return added instanceof Promise ? await added : added;
      }
      return await this.#addContinuations(this.#readEnd());
    } catch (error) {
      await this.#reader.close();
      throw this.#fail(error);
    }
  }

  /** Settles a request whose events are not read any further; by default because its client has disconnected. */
  async stop(reason: GatewayError | ClientDisconnectedError = new ClientDisconnectedError()): Promise<void> {
    this.#attempt.discardReply();
    await this.#reader.close();
    if (!this.#settled) this.#fail(reason);
  }

  #decode(bytes: Uint8Array): StreamEvent[] {
    const events: StreamEvent[] = [];
    this.#probe?.addBytes(bytes.byteLength);
    try {
      this.#decoder.push(bytes, events);
    } catch (error) {
      // The events before an error in the same bytes are valid output.
      this.#pendingError = toGatewayError(error);
      if (events.length === 0) throw this.#pendingError;
    }
    return events;
  }

  #readEnd(): readonly ChatStreamEvent[] {
    const events: StreamEvent[] = [];
    try {
      this.#decoder.end(events, this.#reader.connectionError === undefined);
    } catch (error) {
      throw this.#reader.connectionError ?? error;
    }
    const recorded = this.#record(events);
    if (this.#settled) return recorded;
    this.#pendingError = new GatewayError('provider_error', 'The provider ended its reply without saying so.', {
      detail: 'stream_cut_off',
    });
    if (recorded.length === 0) throw this.#pendingError;
    return recorded;
  }

  #record(events: readonly StreamEvent[]): ChatStreamEvent[] {
    return events.map((event) => {
      this.#attempt.recordEvent(event);
      this.#output.add(event);
      this.#probe?.add(event);
      if (event.type !== 'finish') return event;
      this.#settled = true;
      return { type: 'done', result: this.#attempt.complete(event.finishReason, this.#output) };
    });
  }

  #addContinuations(
    events: readonly ChatStreamEvent[],
  ): readonly ChatStreamEvent[] | Promise<readonly ChatStreamEvent[]> {
    return this.#continuations?.addToEvents(events) ?? events;
  }

  #fail(reason: unknown): GatewayError | ClientDisconnectedError {
    this.#settled = true;
    return this.#attempt.fail(reason, this.#output);
  }
}
