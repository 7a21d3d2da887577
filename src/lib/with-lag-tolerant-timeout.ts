import { setCancellableTimeout } from './set-cancellable-timeout.ts';

const sliceCount = 5;
/** A timer that comes later than this tells of a busy isolate. */
const maxTimerDelayMs = 15;
/** However busy the isolate is, the timeout is at most this much longer. */
const maxBusyMs = 1_000;

/**
 * Resolves to the outcome of `work`. Rejects after `timeoutMs` milliseconds in which this isolate could have received
 * it. The time is counted in five slices, and a slice whose timer comes late does not count: this isolate was busy
 * then, and its own lag must not be taken for a slow peer.
 */
export async function withLagTolerantTimeout<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const startedAtMs = Date.now();
  const sliceMs = timeoutMs / sliceCount;
  let remainingSlices = sliceCount;
  let cancelSlice = () => {};
  const startSlice = () => {
    const fromMs = Date.now();
    cancelSlice = setCancellableTimeout(sliceMs, () => {
      const nowMs = Date.now();
      if (nowMs - fromMs < sliceMs + maxTimerDelayMs) remainingSlices -= 1;
      if (remainingSlices === 0 || nowMs - startedAtMs > timeoutMs + maxBusyMs)
        timeout.reject(new Error(`no answer within ${timeoutMs} ms`));
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
