import { setCancellableTimeout } from './set-cancellable-timeout.ts';

const sliceCount = 6;

interface SilenceOptions {
  /** Rejects after so many milliseconds in which the peer has given no sign of life. */
  readonly maxSilenceMs: number;
  /** Rejects after so many milliseconds in any case. */
  readonly maxMs: number;
  /** The number of signs of life of the peer so far. */
  readonly countSigns: () => number;
}

/**
 * Resolves to the outcome of `work`. Rejects early only if the peer is silent: a peer that answers others is busy, and is
 * waited for. The silence is counted in slices, of which one counts once however late its timer comes: an isolate that is busy
 * has not looked for signs meanwhile.
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
    cancelSlice = setCancellableTimeout(sliceMs, () => {
      const latestSigns = countSigns();
      silentSlices = latestSigns === signs ? silentSlices + 1 : 0;
      signs = latestSigns;
      if (silentSlices === sliceCount) timeout.reject(new Error(`no sign of life within ${maxSilenceMs} ms`));
      else if (Date.now() - startedAtMs >= maxMs) timeout.reject(new Error(`no answer within ${maxMs} ms`));
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
