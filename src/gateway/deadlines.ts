import { GatewayError } from '../domain/errors.ts';
import type { RequestReport } from '../domain/request-report.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';

/** The time-outs of one call, in milliseconds. */
export interface Timeouts {
  /** From the start of the call to the first byte of the provider's body. */
  readonly firstByteMs: number;
  /** The longest silence between two chunks. */
  readonly chunkMs: number;
  /** The whole of a synchronous call. */
  readonly totalMs: number;
}

interface DeadlinesOptions {
  readonly timeouts: Timeouts;
  /** For the message: `OpenAI`. */
  readonly provider: string;
  /** Whether the call as a whole is bounded too. */
  readonly total: boolean;
  /** Aborted when the client leaves. */
  readonly clientSignal: AbortSignal;
  readonly now: () => number;
  readonly startedAtMs: number;
  /** Called every five seconds or so while the call lasts. */
  readonly onTick?: (() => void) | undefined;
}

const tickMs = 5_000;
/** How many times as long a silence may last that may be the client's. */
const slowClientFactor = 5;

/** Why a call was aborted when its client left. */
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
 * Bounds how long the gateway waits for a provider. The clock runs only while it waits for the provider: a client that
 * reads slowly costs the provider nothing. One timer serves the whole call and its many chunks, for none must cost a timer.
 */
export class Deadlines {
  readonly startedAtMs: number;
  readonly #options: DeadlinesOptions;
  /** Aborted with a ClientGoneError or with `provider_timeout`. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #onClientGone = () => this.#abort(new ClientDisconnectedError());
  #reason: GatewayError | ClientDisconnectedError | undefined;
  #stopTimer: (() => void) | undefined;
  #timerAtMs = 0;
  #tickAtMs = Number.POSITIVE_INFINITY;
  #ended = false;
  #waitingSinceMs: number | undefined;
  #firstByteAtMs: number | undefined;
  #met = false;
  /** Whether the provider may seem silent because the client reads slowly, and nobody here can tell. */
  hasClientBackpressure = false;

  constructor(options: DeadlinesOptions) {
    this.#options = options;
    this.startedAtMs = options.startedAtMs;
    this.signal = this.#controller.signal;
    const { clientSignal } = options;
    if (clientSignal.aborted) this.#onClientGone();
    clientSignal.addEventListener('abort', this.#onClientGone, { once: true });
    if (options.onTick) this.#tickAtMs = this.startedAtMs + tickMs;
    // Not for the whole alone: the first step's deadline comes sooner, and one timer is to do for all.
    if (options.total || options.onTick) {
      this.startWaiting();
      this.stopWaiting();
    }
  }

  /** What the signal was aborted with. The signal says so too, but is the runtime's: to ask it for each chunk costs. */
  get reason(): GatewayError | ClientDisconnectedError | undefined {
    return this.#reason;
  }

  /** Milliseconds from the start to the first byte of the body; undefined while there is none. */
  get firstByteMs(): number | undefined {
    return this.#firstByteAtMs === undefined ? undefined : this.#firstByteAtMs - this.startedAtMs;
  }

  /** Whether the watch ended because the provider had done all that it was asked for. */
  get completed(): boolean {
    return this.#met;
  }

  /** Says that a byte of the body has come. */
  markByte(): void {
    if (this.#firstByteAtMs !== undefined) return;
    this.#firstByteAtMs = this.#options.now();
  }

  /** Waits for a step of the provider's under the deadline for silence. Rejects with the signal's reason once aborted. */
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

  /** What `during` does, for steps that are too many for a promise more. The reason is the caller's to look at. */
  startWaiting(): void {
    this.#waitingSinceMs = this.#firstByteAtMs === undefined ? this.startedAtMs : this.#options.now();
    this.#arm();
  }

  stopWaiting(): void {
    this.#waitingSinceMs = undefined;
  }

  /** Ends the watch. With `abort`, also whatever of the provider's is still under way. */
  end(abort: boolean): void {
    this.#ended = true;
    this.#stopTimer?.();
    this.#options.clientSignal.removeEventListener('abort', this.#onClientGone);
    if (abort) this.#abort(new ClientDisconnectedError());
    else this.#met = true;
  }

  /** Ends what is left of a provider's reply that has come to its end. */
  abortRemaining(): void {
    this.#abort(new ClientDisconnectedError());
  }

  #abort(reason: GatewayError | ClientDisconnectedError): void {
    this.#reason ??= reason;
    this.#controller.abort(reason);
  }

  /** The longest silence that is put up with now. */
  get silenceMs(): number {
    return this.#limitMs();
  }

  #limitMs(): number {
    const { firstByteMs, chunkMs } = this.#options.timeouts;
    if (this.#firstByteAtMs === undefined) return firstByteMs;
    return this.hasClientBackpressure ? slowClientFactor * chunkMs : chunkMs;
  }

  /** When the next deadline is, as things stand. */
  get #dueAtMs(): number {
    const { total, timeouts } = this.#options;
    const totalAtMs = total ? this.startedAtMs + timeouts.totalMs : Number.POSITIVE_INFINITY;
    return Math.min(totalAtMs, (this.#waitingSinceMs ?? Number.POSITIVE_INFINITY) + this.#limitMs());
  }

  /** Sees to it that a timer runs that is not too late for what comes next. One that is too early sets itself anew. */
  #arm(): void {
    const atMs = Math.min(this.#dueAtMs, this.#tickAtMs);
    if (this.#ended || atMs === Number.POSITIVE_INFINITY || (this.#stopTimer && this.#timerAtMs <= atMs)) return;
    this.#stopTimer?.();
    this.#timerAtMs = atMs;
    this.#stopTimer = setCancellableTimeout(Math.max(0, atMs - this.#options.now()), () => {
      this.#stopTimer = undefined;
      if (this.#dueAtMs <= this.#options.now()) this.#timeOutNow();
      else this.#tick();
    });
  }

  #tick(): void {
    const nowMs = this.#options.now();
    if (this.#tickAtMs <= nowMs) {
      this.#tickAtMs = nowMs + tickMs;
      this.#options.onTick?.();
    }
    this.#arm();
  }

  #timeOutNow(): void {
    const { total, timeouts, now } = this.#options;
    if (total && now() >= this.startedAtMs + timeouts.totalMs) {
      this.#timeOut('did not finish', timeouts.totalMs, 'total_timeout');
    } else if (this.#firstByteAtMs === undefined) this.#timeOut('sent nothing', this.#limitMs(), 'first_byte_timeout');
    else this.#timeOut('sent no further chunk', this.#limitMs(), 'chunk_timeout');
  }

  #timeOut(what: string, ms: number, detail: string): void {
    const message = `${this.#options.provider} ${what} within ${ms} ms.`;
    this.#abort(new GatewayError('provider_timeout', message, { detail }));
  }
}
