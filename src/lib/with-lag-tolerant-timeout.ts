import { setCancellableTimeout } from './set-cancellable-timeout.ts';

const slices = 5;
/** How much later than asked for a timer may come before it tells of an isolate that is busy. */
const lateMs = 15;
/** However busy it is, it waits no longer than this beyond what was asked for. */
const maxBusyMs = 1_000;

/**
 * The outcome of `work`, or a rejection where there is none after `timeoutMs` milliseconds in which this isolate could have
 * heard of it. The time is counted in five slices, and one whose end this isolate comes late to does not count: what it is
 * busy with itself is not taken for the lateness of who was asked.
 */
export async function withLagTolerantTimeout<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const startedAtMs = Date.now();
  const sliceMs = timeoutMs / slices;
  let left = slices;
  let stop = () => {};
  const next = () => {
    const fromMs = Date.now();
    stop = setCancellableTimeout(sliceMs, () => {
      const nowMs = Date.now();
      if (nowMs - fromMs < sliceMs + lateMs) left -= 1;
      if (left === 0 || nowMs - startedAtMs > timeoutMs + maxBusyMs)
        timeout.reject(new Error(`no answer within ${timeoutMs} ms`));
      else next();
    });
  };
  next();
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    stop();
  }
}
