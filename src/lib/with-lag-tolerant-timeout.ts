import { setCancellableTimeout } from './set-cancellable-timeout.ts';

interface LagTolerantTimeout {
  /** The milliseconds after which `work` is given up. */
  readonly timeoutMs: number;
  /** However busy the isolate is, the timeout is at most this much longer. Absent: 1 s. */
  readonly maxBusyMs?: number;
  /** Whether the peer has answered others since a time. It is not down then, and the time does not count. */
  readonly hasAnsweredSince?: ((sinceMs: number) => boolean) | undefined;
  /** Called about every 30 ms with the time that has counted so far. */
  readonly onWait?: ((countedMs: number) => void) | undefined;
}

const sliceMs = 30;
/** A timer that comes later than this tells of a busy isolate. */
const maxTimerDelayMs = 15;

/**
 * Resolves to the outcome of `work`. Rejects after `timeoutMs` milliseconds in which this isolate could have received
 * it. The time is counted in slices, and a slice whose timer comes late does not count: this isolate was busy then, and
 * its own lag must not be taken for a slow peer.
 */
export async function withLagTolerantTimeout<T>(
  { timeoutMs, maxBusyMs = 1_000, hasAnsweredSince, onWait }: LagTolerantTimeout,
  work: Promise<T>,
): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const startedAtMs = Date.now();
  let countedMs = 0;
  let cancelSlice = () => {};
  const startSlice = () => {
    const fromMs = Date.now();
    const lengthMs = Math.min(sliceMs, timeoutMs - countedMs);
    cancelSlice = setCancellableTimeout(lengthMs, () => {
      const nowMs = Date.now();
      const isLate = nowMs - fromMs >= lengthMs + maxTimerDelayMs;
      if (!isLate && !hasAnsweredSince?.(fromMs)) countedMs += lengthMs;
      if (countedMs >= timeoutMs || nowMs - startedAtMs > timeoutMs + maxBusyMs) {
        timeout.reject(new Error(`no answer within ${timeoutMs} ms`));
        return;
      }
      onWait?.(countedMs);
      startSlice();
    });
  };
  startSlice();
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    cancelSlice();
  }
}
