/** Work on a text or body of more than this, in bytes or characters, is split: other requests run between its parts. */
export const maxUninterruptedLength = 262_144;

/** Lets the other requests of this isolate run, if the work that has been done and the work to come are on so much. */
export async function yieldToEventLoop(length: number): Promise<void> {
  if (length > maxUninterruptedLength) await scheduler.wait(0);
}
