/**
 * Iterates over what `run` yields until the client disconnects. Its signal aborts with the request's own, and when the
 * reader returns. A generator alone would learn of a return only after its next value, which may never come.
 */
export function abortOnReturn<T>(
  requestSignal: AbortSignal,
  run: (signal: AbortSignal) => AsyncGenerator<T, void>,
): AsyncIterableIterator<T> {
  const disconnect = new AbortController();
  const values = run(AbortSignal.any([requestSignal, disconnect.signal]));
  return {
    next: () => values.next(),
    async return() {
      disconnect.abort();
      void values.return(undefined).catch(() => undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
