import { setCancellableTimeout } from './set-cancellable-timeout.ts';

/** Resolves to the outcome of `work`. Rejects where there is none after `timeoutMs` milliseconds. */
export async function withTimeout<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const cancel = setCancellableTimeout(timeoutMs, () => timeout.reject(new Error(`no answer within ${timeoutMs} ms`)));
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    cancel();
  }
}
