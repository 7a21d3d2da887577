import { GatewayError } from '../domain/errors.ts';
import { pollUntil } from '../lib/poll-until.ts';

/** How many uploads an isolate holds, and for how long. */
export interface UploadLimits {
  readonly maxUploads: number;
  /** How long a further upload waits before it is read. */
  readonly maxWaitMs: number;
  /** From the first byte of an upload to its last. */
  readonly maxUploadMs: number;
  /** Between two parts of an upload. */
  readonly maxSilenceMs: number;
  readonly maxBytes: number;
}

/** An isolate has 128 MB for everything. */
export const uploadLimits: UploadLimits = {
  maxUploads: 4,
  maxWaitMs: 5_000,
  maxUploadMs: 60_000,
  maxSilenceMs: 10_000,
  maxBytes: 10 * 1024 * 1024,
};

/** A place whose request was dropped by the runtime is free again after this. */
const maxHoldMs = 15 * 60_000;

/** The places for uploads in the memory of this isolate. */
export class UploadPlaces {
  readonly limits: UploadLimits;
  readonly #now: () => number;
  /** The times at which the places were taken, by their owners. */
  readonly #takenAtMs = new Map<symbol, number>();

  constructor(now: () => number, limits = uploadLimits) {
    this.#now = now;
    this.limits = limits;
  }

  /** How many places are taken. */
  get taken(): number {
    return this.#takenAtMs.size;
  }

  /**
   * Takes a place, and waits for a moment where all are taken. Returns the function that frees it, any number of times. Throws
   * `unavailable` where none becomes free, and the signal's reason once it is aborted.
   */
  async take(signal: AbortSignal): Promise<() => void> {
    const { maxUploads, maxWaitMs } = this.limits;
    await pollUntil(() => signal.aborted || this.#hasFreePlace(), maxWaitMs);
    signal.throwIfAborted();
    // No await stands between this look and the place that is taken.
    if (!this.#hasFreePlace()) {
      const message = `The gateway is reading ${maxUploads} other uploads here: send the form again in a moment.`;
      throw new GatewayError('unavailable', message, { retryAfterSeconds: 2, detail: 'too_many_uploads' });
    }
    const owner = Symbol('upload');
    this.#takenAtMs.set(owner, this.#now());
    return () => void this.#takenAtMs.delete(owner);
  }

  #hasFreePlace(): boolean {
    if (this.#takenAtMs.size < this.limits.maxUploads) return true;
    const expiredAtMs = this.#now() - maxHoldMs;
    for (const [owner, takenAtMs] of this.#takenAtMs) if (takenAtMs <= expiredAtMs) this.#takenAtMs.delete(owner);
    return this.#takenAtMs.size < this.limits.maxUploads;
  }
}
