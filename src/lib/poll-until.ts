const firstPauseMs = 2;
const maxPauseMs = 16;

/**
 * Waits for what another request of this isolate brings about, for so many milliseconds at most. Its promise cannot be awaited:
 * it ends with its request, and not every runtime goes on in the request that waits. So it is looked for, in pauses that
 * grow, for there may be hundreds who look. Only the pauses count, not what this isolate is busy with in between.
 */
export async function pollUntil(isSo: () => boolean, timeoutMs: number): Promise<void> {
  let pauseMs = firstPauseMs;
  for (let waitedMs = 0; waitedMs < timeoutMs && !isSo(); waitedMs += pauseMs) {
    pauseMs = waitedMs === 0 ? firstPauseMs : Math.min(2 * pauseMs, maxPauseMs);
    await scheduler.wait(pauseMs);
  }
}
