/** How long the maximum duration is remembered, at least. */
const rememberMs = 60_000;
/** Until a slot that a call has released can be acquired again by any isolate: an update of the slots in Redis. */
const releaseDelayMs = 750;

/** When the calls that use slots of one concurrency limit began, and how long recent ones took, in this isolate. */
export class SlotDurations {
  /** The start times of the calls in progress, in the order of their start. */
  readonly #startedAtMs = new Map<symbol, number>();
  #maxMs: number | undefined;
  /** The maximum of the period before. */
  #previousMaxMs: number | undefined;
  #periodStartedAtMs = 0;

  /** Records the start of a call. Returns the function that records its end. */
  start(nowMs: number): (nowMs: number) => void {
    const call = Symbol('call');
    this.#startedAtMs.set(call, nowMs);
    return (endedAtMs) => {
      if (!this.#startedAtMs.delete(call)) return;
      this.#startPeriod(endedAtMs);
      this.#maxMs = Math.max(this.#maxMs ?? 0, endedAtMs - nowMs);
    };
  }

  /**
   * Returns the milliseconds until a call in progress has ended, if none takes longer than the longest recent one. Undefined if
   * no call has ended recently, or one is taking longer.
   */
  freesInMs(nowMs: number): number | undefined {
    this.#startPeriod(nowMs);
    const { value: oldestAtMs = nowMs } = this.#startedAtMs.values().next();
    const maxMs = Math.max(this.#maxMs ?? -1, this.#previousMaxMs ?? -1);
    const remainingMs = maxMs - (nowMs - oldestAtMs);
    return remainingMs < 0 ? undefined : remainingMs + releaseDelayMs;
  }

  #startPeriod(nowMs: number): void {
    const elapsedMs = nowMs - this.#periodStartedAtMs;
    if (elapsedMs < rememberMs) return;
    this.#previousMaxMs = elapsedMs < 2 * rememberMs ? this.#maxMs : undefined;
    this.#maxMs = undefined;
    this.#periodStartedAtMs = nowMs;
  }
}
