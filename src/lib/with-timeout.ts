import { setCancellableTimeout } from './set-cancellable-timeout.ts';

/** The outcome of `work`, or a rejection where there is none after `timeoutMs` milliseconds. */
export async function withTimeout<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const stop = setCancellableTimeout(timeoutMs, () => timeout.reject(new Error(`no answer within ${timeoutMs} ms`)));
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    stop();
  }
}
