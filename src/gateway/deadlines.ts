import { after } from '../core/after.ts';
import { GatewayError } from '../core/errors.ts';

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
}

/** Why a call was aborted when its client left. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

/**
 * Bounds how long the gateway waits for a provider. The clock runs only while it waits for the provider: a client that
 * reads slowly costs the provider nothing. One timer serves many chunks, for a chunk must not cost a timer.
 */
export class Deadlines {
  readonly startedAtMs: number;
  readonly #options: DeadlinesOptions;
  readonly #abort = new AbortController();
  readonly #onClientGone = () => this.#abort.abort(new ClientGoneError());
  #stopTotal: (() => void) | undefined;
  #stopSilence: (() => void) | undefined;
  #waitingSinceMs: number | undefined;
  #firstByteAtMs: number | undefined;
  #met = false;

  constructor(options: DeadlinesOptions) {
    this.#options = options;
    this.startedAtMs = options.now();
    const { clientSignal, timeouts } = options;
    if (clientSignal.aborted) this.#onClientGone();
    clientSignal.addEventListener('abort', this.#onClientGone, { once: true });
    if (options.total) {
      this.#stopTotal = after(timeouts.totalMs, () => this.#timeOut('did not finish', timeouts.totalMs));
    }
  }

  /** Aborted with a ClientGoneError or with `provider_timeout`. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Milliseconds from the start to the first byte of the body; undefined while there is none. */
  get firstByteMs(): number | undefined {
    return this.#firstByteAtMs === undefined ? undefined : this.#firstByteAtMs - this.startedAtMs;
  }

  /** Whether the watch ended because the provider had done all that it was asked for. */
  get met(): boolean {
    return this.#met;
  }

  /** Says that a byte of the body has come. */
  markByte(): void {
    if (this.#firstByteAtMs !== undefined) return;
    this.#firstByteAtMs = this.#options.now();
    // Armed for the first byte, which may be a longer wait than the next one.
    this.#stopSilence?.();
    this.#stopSilence = undefined;
  }

  /** Waits for a step of the provider's under the deadline for silence. Rejects with the signal's reason once aborted. */
  async during<T>(step: Promise<T>): Promise<T> {
    this.#waitingSinceMs = this.#firstByteAtMs === undefined ? this.startedAtMs : this.#options.now();
    this.#stopSilence ??= this.#armSilence(this.#waitingSinceMs);
    try {
      const result = await step;
      this.#abort.signal.throwIfAborted();
      return result;
    } catch (error) {
      throw this.#abort.signal.aborted ? this.#abort.signal.reason : error;
    } finally {
      this.#waitingSinceMs = undefined;
    }
  }

  /** Ends the watch. With `abort`, also whatever of the provider's is still under way. */
  end(abort: boolean): void {
    this.#stopTotal?.();
    this.#stopSilence?.();
    this.#options.clientSignal.removeEventListener('abort', this.#onClientGone);
    if (abort) this.#abort.abort(new ClientGoneError());
    else this.#met = true;
  }

  #limitMs(): number {
    const { firstByteMs, chunkMs } = this.#options.timeouts;
    return this.#firstByteAtMs === undefined ? firstByteMs : chunkMs;
  }

  #armSilence(sinceMs: number): () => void {
    return after(Math.max(0, sinceMs + this.#limitMs() - this.#options.now()), () => {
      this.#stopSilence = undefined;
      const waitingSinceMs = this.#waitingSinceMs;
      if (waitingSinceMs === undefined) return;
      if (waitingSinceMs + this.#limitMs() > this.#options.now()) this.#stopSilence = this.#armSilence(waitingSinceMs);
      else this.#timeOut(this.#firstByteAtMs === undefined ? 'sent nothing' : 'sent no further chunk', this.#limitMs());
    });
  }

  #timeOut(what: string, ms: number): void {
    this.#abort.abort(new GatewayError('provider_timeout', `${this.#options.provider} ${what} within ${ms} ms.`));
  }
}
