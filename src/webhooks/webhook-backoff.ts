const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** After the first attempt, after the second, and so on: about 28 hours in all. */
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
/** No message of Cloudflare Queues can be put off for longer. */
const maxMs = 12 * hour;
const jitter = 0.2;

/**
 * How long to wait after a failed attempt (from 1, counted since the delivery was made or sent again): up to a fifth less or
 * more than the schedule, so that what failed together does not come back together, and at least what the receiver asked
 * for, up to 12 hours. Undefined after the last one.
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
