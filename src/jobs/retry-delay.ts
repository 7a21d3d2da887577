const firstMs = 1_000;
const longestMs = 60_000;

/**
 * How long to wait after an attempt that failed: twice as long each time up to a minute, of which up to a half is left to
 * chance so that jobs that failed together do not come back together; never less than the provider asked for.
 */
export function retryDelayMs(attempt: number, retryAfterSeconds = 0, random: () => number = Math.random): number {
  const fullMs = Math.min(firstMs * 2 ** (attempt - 1), longestMs);
  return Math.max(Math.round(fullMs * (1 - random() / 2)), retryAfterSeconds * 1000);
}
