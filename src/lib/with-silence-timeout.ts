import { setCancellableTimeout } from './set-cancellable-timeout.ts';

const sliceCount = 6;
/** A timer that comes later than this tells of a busy isolate. */
const maxTimerDelayMs = 15;

interface SilenceOptions {
  /** Rejects after so many milliseconds in which the peer has given no sign of life and this isolate could have seen one. */
  readonly maxSilenceMs: number;
  /** Rejects after so many milliseconds in any case. */
  readonly maxMs: number;
  /** The number of signs of life of the peer so far. */
  readonly countSigns: () => number;
}

/**
 * Resolves to the outcome of `work`. Rejects early only if the peer is silent: a peer that answers others is busy, and is
 * waited for. As in `withLagTolerantTimeout`, a slice of time whose timer comes late does not count.
 */
export async function withSilenceTimeout<T>(options: SilenceOptions, work: Promise<T>): Promise<T> {
  const { maxSilenceMs, maxMs, countSigns } = options;
  const timeout = Promise.withResolvers<never>();
  const startedAtMs = Date.now();
  const sliceMs = maxSilenceMs / sliceCount;
  let silentSlices = 0;
  let signs = countSigns();
  let cancelSlice = () => {};
  const startSlice = () => {
    const fromMs = Date.now();
    cancelSlice = setCancellableTimeout(sliceMs, () => {
      const nowMs = Date.now();
      if (countSigns() !== signs) silentSlices = 0;
      else if (nowMs - fromMs < sliceMs + maxTimerDelayMs) silentSlices += 1;
      signs = countSigns();
      if (silentSlices === sliceCount) timeout.reject(new Error(`no sign of life within ${maxSilenceMs} ms`));
      else if (nowMs - startedAtMs >= maxMs) timeout.reject(new Error(`no answer within ${maxMs} ms`));
      else startSlice();
    });
  };
  startSlice();
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    cancelSlice();
  }
}
