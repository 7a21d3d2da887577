import { GatewayError } from '../domain/errors.ts';
import { pollUntil } from '../lib/poll-until.ts';

/** How many uploads an isolate holds, and for how long. */
export interface UploadLimits {
  readonly maxUploads: number;
  /** Fewer than `maxUploads`, so that one tenant cannot keep the others out. */
  readonly maxUploadsPerTenant: number;
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
  maxUploadsPerTenant: 3,
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
  /** The uploads that have a place, by their owners. */
  readonly #uploads = new Map<symbol, { readonly tenantId: string; readonly takenAtMs: number }>();

  constructor(now: () => number, limits = uploadLimits) {
    this.#now = now;
    this.limits = limits;
  }

  /** How many places are taken. */
  get taken(): number {
    return this.#uploads.size;
  }

  /**
   * Takes a place, and waits for a moment where all are taken, or the tenant has its share. Returns the function that frees it, any
   * number of times. Throws `unavailable` where none becomes free, and the signal's reason once it is aborted.
   */
  async take(tenantId: string, signal: AbortSignal): Promise<() => void> {
    await pollUntil(() => signal.aborted || this.#hasFreePlace(tenantId), this.limits.maxWaitMs);
    signal.throwIfAborted();
    // There is no await between this check and the insertion.
    if (!this.#hasFreePlace(tenantId)) {
      const message = 'The gateway is reading too many other uploads: send the form again in a moment.';
      throw new GatewayError('unavailable', message, { retryAfterSeconds: 2, detail: 'too_many_uploads' });
    }
    const owner = Symbol('upload');
    this.#uploads.set(owner, { tenantId, takenAtMs: this.#now() });
    return () => void this.#uploads.delete(owner);
  }

  #hasFreePlace(tenantId: string): boolean {
    const expiredAtMs = this.#now() - maxHoldMs;
    for (const [owner, { takenAtMs }] of this.#uploads) if (takenAtMs <= expiredAtMs) this.#uploads.delete(owner);
    const { maxUploads, maxUploadsPerTenant } = this.limits;
    const ownCount = [...this.#uploads.values()].filter((upload) => upload.tenantId === tenantId).length;
    return this.#uploads.size < maxUploads && ownCount < maxUploadsPerTenant;
  }
}
