import { setCancellableTimeout } from './set-cancellable-timeout.ts';

const sliceCount = 6;
/** A timer that comes later than this share of a slice tells of a busy isolate, or of a busy machine. */
const maxTimerDelay = 0.3;
/** However busy it is, a silence is at most so many times as long. */
const maxBusyFactor = 3;

interface SilenceOptions {
  /** Rejects after so many milliseconds in which the peer has given no sign of life. */
  readonly maxSilenceMs: number;
  /** Rejects after so many milliseconds in any case. */
  readonly maxMs: number;
  /** The number of signs of life of the peer so far. */
  readonly countSigns: () => number;
  /** Called when half of `maxSilenceMs` has passed in silence: the moment to ask the peer for a sign of life. */
  readonly onSilence?: () => void;
}

/**
 * Resolves to the outcome of `work`. Rejects early only if the peer is silent: a peer that answers others is busy, and is
 * waited for. The silence is counted in slices, and a slice whose timer comes late does not count: the lag of this isolate must
 * not be taken for that of its peer.
 */
export async function withSilenceTimeout<T>(options: SilenceOptions, work: Promise<T>): Promise<T> {
  const { maxSilenceMs, maxMs, countSigns, onSilence } = options;
  const timeout = Promise.withResolvers<never>();
  const startedAtMs = Date.now();
  const sliceMs = maxSilenceMs / sliceCount;
  let silentSlices = 0;
  let silentSinceMs = startedAtMs;
  let signs = countSigns();
  let cancelSlice = () => {};
  const startSlice = () => {
    const fromMs = Date.now();
    cancelSlice = setCancellableTimeout(sliceMs, () => {
      const nowMs = Date.now();
      const hasSign = countSigns() !== signs;
      signs = countSigns();
      if (hasSign) [silentSlices, silentSinceMs] = [0, nowMs];
      else if (nowMs - fromMs <= sliceMs * (1 + maxTimerDelay)) silentSlices += 1;
      if (silentSlices === sliceCount || nowMs - silentSinceMs > maxSilenceMs * maxBusyFactor)
        timeout.reject(new Error(`no sign of life within ${maxSilenceMs} ms`));
      else if (nowMs - startedAtMs >= maxMs) timeout.reject(new Error(`no answer within ${maxMs} ms`));
      else {
        if (silentSlices === sliceCount / 2) onSilence?.();
        startSlice();
      }
    });
  };
  startSlice();
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    cancelSlice();
  }
}
