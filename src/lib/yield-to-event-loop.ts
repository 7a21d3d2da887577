/** Work on a text or body of more than this, in bytes or characters, is split: other requests run between its parts. */
export const maxUninterruptedLength = 262_144;

/** How much of a body makes the pause after its part a millisecond longer: 5 ms after a part of 10 MiB. */
const lengthPerPauseMs = 2_097_152;
/** A request that is dropped in its turn does not end it. */
const maxTurnMs = 1_000;

let turnBeganAtMs: number | undefined;

/**
 * Lets the other requests of this isolate run, if the work so far and the work to come are on so much. Of several requests with
 * such work one goes on at a time, and small ones run in between: many large bodies hold up others no longer than one does.
 */
export async function yieldToEventLoop(length: number): Promise<void> {
  if (length <= maxUninterruptedLength) return;
  // Polled: a promise of another request cannot be awaited in every runtime.
  do await scheduler.wait(0);
  while (turnBeganAtMs !== undefined && Date.now() - turnBeganAtMs < maxTurnMs);
  turnBeganAtMs = Date.now();
  void endTurn(length / lengthPerPauseMs);
}

async function endTurn(pauseMs: number): Promise<void> {
  // Resumes only when the part has been done.
  await scheduler.wait(0);
  await scheduler.wait(pauseMs);
  turnBeganAtMs = undefined;
}
