interface TimedAttempt {
  readonly createdAt: string;
  readonly firstByteMs: number | null;
  readonly totalMs: number;
}

/** When an attempt ran, in milliseconds since the start of its request. */
export interface AttemptSpan {
  /** The end of the attempt before: the log does not have the start of a retry, so a wait before it is part of it. */
  readonly startMs: number;
  readonly firstByteMs: number | null;
  readonly endMs: number;
}

/** Converts the times of attempts, which count from the start of the request, to spans one behind the other. */
export function toSpans(attempts: readonly TimedAttempt[], requestCreatedAt: string): AttemptSpan[] {
  let previousEndMs = 0;
  return attempts.map(({ createdAt, firstByteMs, totalMs }) => {
    const offsetMs = Math.max(0, Date.parse(createdAt) - Date.parse(requestCreatedAt));
    const endMs = offsetMs + totalMs;
    const startMs = Math.min(Math.max(offsetMs, previousEndMs), endMs);
    previousEndMs = endMs;
    return { startMs, firstByteMs: firstByteMs === null ? null : offsetMs + firstByteMs, endMs };
  });
}
