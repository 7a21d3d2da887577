const firstPauseMs = 2;
const maxPauseMs = 16;

/**
 * Waits until `isDone` returns true, for at most `timeoutMs`. Another request of this isolate brings the change about.
 * Its promise cannot be awaited: it ends with its request, and not every runtime resumes the waiting request. So the
 * state is polled, with pauses that grow because hundreds of requests may poll at once. Only the pauses count towards
 * the timeout, not the time for which this isolate is busy in between.
 */
export async function pollUntil(isDone: () => boolean, timeoutMs: number): Promise<void> {
  let pauseMs = firstPauseMs;
  for (let waitedMs = 0; waitedMs < timeoutMs && !isDone(); waitedMs += pauseMs) {
    pauseMs = waitedMs === 0 ? firstPauseMs : Math.min(2 * pauseMs, maxPauseMs);
    await scheduler.wait(pauseMs);
  }
}
