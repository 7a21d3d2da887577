import { GatewayError } from '../domain/errors.ts';
import type { RequestReport } from '../domain/request-report.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';

/** The time-outs of one request, in milliseconds. */
export interface Timeouts {
  /** From the start of a streamed request to the first byte of the provider's body. */
  readonly firstByteMs: number;
  /** Between two chunks of a stream. */
  readonly chunkMs: number;
  /** The whole of a request that is not streamed: a whole reply has no first byte before it is finished. */
  readonly totalMs: number;
}

interface DeadlinesOptions {
  readonly timeouts: Timeouts;
  /** For the message: `OpenAI`. */
  readonly provider: string;
  /** Whether the reply is streamed to the client. Silence bounds a stream, and the total time everything else. */
  readonly streamed: boolean;
  /** Aborted when the client disconnects. */
  readonly clientSignal: AbortSignal;
  readonly now: () => number;
  readonly startedAtMs: number;
  /** Called about every five seconds while the request lasts. */
  readonly onTick?: (() => void) | undefined;
}

const tickMs = 5_000;
/** A silence may last this many times as long where a slow client may be the reason. */
const slowClientFactor = 5;

/** The client disconnected: the reason why a request was aborted. */
export class ClientDisconnectedError extends Error {
  override readonly name = 'ClientDisconnectedError';
  #report: RequestReport | undefined;

  /** What was known of the request when its client disconnected. */
  get report(): RequestReport | undefined {
    return this.#report;
  }

  /** Adds what is known of the request; earlier values stay. */
  addReport(report: RequestReport): void {
    this.#report = { ...report, ...this.#report };
  }
}

/**
 * Bounds how long the gateway waits for a provider. The clock runs only while it waits for the provider: a client that reads
 * slowly is not held against it. One timer serves the whole request, since a timer per chunk would be measurable.
 */
export class Deadlines {
  readonly startedAtMs: number;
  readonly now: () => number;
  readonly #options: DeadlinesOptions;
  /** Aborted with a ClientDisconnectedError or with `provider_timeout`. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #onClientDisconnect = () => this.#abort(new ClientDisconnectedError());
  #reason: GatewayError | ClientDisconnectedError | undefined;
  #stopTimer: (() => void) | undefined;
  #timerAtMs = 0;
  #tickAtMs = Number.POSITIVE_INFINITY;
  #ended = false;
  #waitingSinceMs: number | undefined;
  #firstByteAtMs: number | undefined;
  #completed = false;
  /** Whether the provider may seem silent because the client reads slowly. */
  hasClientBackpressure = false;

  constructor(options: DeadlinesOptions) {
    this.#options = options;
    this.startedAtMs = options.startedAtMs;
    this.now = options.now;
    this.signal = this.#controller.signal;
    const { clientSignal } = options;
    if (clientSignal.aborted) this.#onClientDisconnect();
    clientSignal.addEventListener('abort', this.#onClientDisconnect, { once: true });
    if (options.onTick) this.#tickAtMs = this.startedAtMs + tickMs;
    // The first step's deadline comes first, and one timer serves all deadlines.
    if (!options.streamed || options.onTick) {
      this.startWaiting();
      this.stopWaiting();
    }
  }

  /** The reason of the abort. The signal has it too, but reading it from the runtime for each chunk is measurable. */
  get reason(): GatewayError | ClientDisconnectedError | undefined {
    return this.#reason;
  }

  /** Milliseconds from the start to the first byte of the body; undefined before it. */
  get firstByteMs(): number | undefined {
    return this.#firstByteAtMs === undefined ? undefined : this.#firstByteAtMs - this.startedAtMs;
  }

  /** Whether the provider has sent its whole response. */
  get completed(): boolean {
    return this.#completed;
  }

  /** Records that a byte of the body has arrived. */
  markByte(): void {
    if (this.#firstByteAtMs !== undefined) return;
    this.#firstByteAtMs = this.now();
  }

  /** Waits for a step of the provider under the deadline for silence. Rejects with the reason of the abort once aborted. */
  async race<T>(step: Promise<T>): Promise<T> {
    this.startWaiting();
    try {
      const result = await step;
      if (this.#reason) throw this.#reason;
      return result;
    } catch (error) {
      throw this.#reason ?? error;
    } finally {
      this.stopWaiting();
    }
  }

  /** As `race`, for steps that are too frequent for one more promise. The caller checks `reason` itself. */
  startWaiting(): void {
    this.#waitingSinceMs = this.#firstByteAtMs === undefined ? this.startedAtMs : this.now();
    this.#arm();
  }

  stopWaiting(): void {
    this.#waitingSinceMs = undefined;
  }

  /** Stops the clock. With `abort`, also aborts what the provider is still doing. */
  end(abort: boolean): void {
    this.#ended = true;
    this.#stopTimer?.();
    this.#options.clientSignal.removeEventListener('abort', this.#onClientDisconnect);
    if (abort) this.#abort(new ClientDisconnectedError());
    else this.#completed = true;
  }

  /** Aborts the rest of a response that is complete. */
  abortRemaining(): void {
    this.#abort(new ClientDisconnectedError());
  }

  #abort(reason: GatewayError | ClientDisconnectedError): void {
    this.#reason ??= reason;
    this.#controller.abort(reason);
  }

  /** The longest silence of a stream that is allowed now, in milliseconds. */
  get silenceMs(): number {
    const { firstByteMs, chunkMs } = this.#options.timeouts;
    if (this.#firstByteAtMs === undefined) return firstByteMs;
    return this.hasClientBackpressure ? slowClientFactor * chunkMs : chunkMs;
  }

  /** When the next deadline is. */
  get #dueAtMs(): number {
    const { streamed, timeouts } = this.#options;
    if (!streamed) return this.startedAtMs + timeouts.totalMs;
    return (this.#waitingSinceMs ?? Number.POSITIVE_INFINITY) + this.silenceMs;
  }

  /** Ensures that a timer runs that is not later than the next deadline. One that is too early re-arms itself. */
  #arm(): void {
    const atMs = Math.min(this.#dueAtMs, this.#tickAtMs);
    if (this.#ended || atMs === Number.POSITIVE_INFINITY || (this.#stopTimer && this.#timerAtMs <= atMs)) return;
    this.#stopTimer?.();
    this.#timerAtMs = atMs;
    this.#stopTimer = setCancellableTimeout(Math.max(0, atMs - this.now()), () => {
      this.#stopTimer = undefined;
      if (this.#dueAtMs <= this.now()) this.#timeOutNow();
      else this.#tick();
    });
  }

  #tick(): void {
    const nowMs = this.now();
    if (this.#tickAtMs <= nowMs) {
      this.#tickAtMs = nowMs + tickMs;
      this.#options.onTick?.();
    }
    this.#arm();
  }

  #timeOutNow(): void {
    const { streamed, timeouts } = this.#options;
    if (!streamed) this.#timeOut('did not finish', timeouts.totalMs, 'total_timeout');
    else if (this.#firstByteAtMs === undefined) this.#timeOut('sent nothing', this.silenceMs, 'first_byte_timeout');
    else this.#timeOut('sent no further chunk', this.silenceMs, 'chunk_timeout');
  }

  #timeOut(what: string, ms: number, detail: string): void {
    const message = `${this.#options.provider} ${what} within ${ms} ms.`;
    this.#abort(new GatewayError('provider_timeout', message, { detail }));
  }
}
