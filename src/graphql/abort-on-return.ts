/**
 * What `run` yields, until the client leaves: its signal then aborts, whether the request's own does or whoever reads asks
 * for no more. A generator alone would learn of that only after its next value, which may never come.
 */
export function abortOnReturn<T>(
  requestSignal: AbortSignal,
  run: (signal: AbortSignal) => AsyncGenerator<T, void>,
): AsyncIterableIterator<T> {
  const left = new AbortController();
  const values = run(AbortSignal.any([requestSignal, left.signal]));
  return {
    next: () => values.next(),
    async return() {
      left.abort();
      void values.return(undefined).catch(() => undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
