const firstMs = 1_000;
const maxMs = 60_000;
const maxRetryAfterMs = 3_600_000;

/**
 * Returns the delay after a failed attempt (from 1). It doubles with each attempt up to a minute, minus a random share of up
 * to a half, so that jobs that failed together are not retried together. It is at least `retryAfterSeconds`, up to an hour,
 * plus a random share of up to a quarter.
 */
export function retryDelayMs(attempt: number, retryAfterSeconds = 0, random: () => number = Math.random): number {
  const fullMs = Math.min(firstMs * 2 ** (attempt - 1), maxMs);
  const retryAfterMs = Math.min(retryAfterSeconds * 1000, maxRetryAfterMs);
  const jitter = random();
  return Math.round(Math.max(fullMs * (1 - jitter / 2), retryAfterMs * (1 + jitter / 4)));
}
