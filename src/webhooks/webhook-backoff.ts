const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The delays after the first attempt, after the second, and so on: about 28 hours in all. */
const scheduleMs = [
  5 * second,
  30 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  10 * hour,
] as const;
/** The maximum delay of a message on Cloudflare Queues. */
const maxMs = 12 * hour;
const jitter = 0.2;

/**
 * Returns the delay after a failed attempt (from 1, counted since the delivery was created or resent). It is up to a fifth less
 * or more than the schedule, so that deliveries that failed together are not retried together, and at least
 * `retryAfterSeconds`, up to 12 hours. Returns undefined after the last attempt.
 */
export function webhookRetryDelayMs(
  attempt: number,
  retryAfterSeconds = 0,
  random: () => number = Math.random,
): number | undefined {
  const delayMs = scheduleMs[attempt - 1];
  if (delayMs === undefined) return undefined;
  const spreadMs = Math.round(delayMs * (1 - jitter + 2 * jitter * random()));
  return Math.min(Math.max(spreadMs, retryAfterSeconds * second), maxMs);
}
