import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';

/** Most checks find a principal that is remembered: they ask nothing of Postgres. */
const checkEveryMs = 500;

/**
 * Iterates over the values of a response that outlives what its key may do otherwise. Checks the key before each value, and
 * while none comes. Throws what `authorize` rejects with, once, and ends the source.
 */
export function endWhenUnauthorized<T>(
  source: AsyncIterator<T>,
  authorize: () => Promise<unknown>,
): AsyncIterableIterator<T> {
  let isOver = false;
  return {
    async next() {
      if (isOver) return { done: true, value: undefined };
      const next = source.next();
      try {
        for (;;) {
          const step = await waitFor(next, checkEveryMs);
          if (step?.done) return step;
          await authorize();
          if (step) return step;
        }
      } catch (error) {
        isOver = true;
        next.catch(() => undefined);
        // Not awaited: a source may return only after its next value.
        void source.return?.().catch(() => undefined);
        throw error;
      }
    },
    async return() {
      isOver = true;
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Resolves to the outcome of `work`, or to undefined after `ms` milliseconds. */
async function waitFor<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const timeout = Promise.withResolvers<undefined>();
  const cancel = setCancellableTimeout(ms, () => timeout.resolve(undefined));
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    cancel();
  }
}
