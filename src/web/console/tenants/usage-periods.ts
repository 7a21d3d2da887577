/** Moments as ISO 8601, by the calendar in UTC. */
export interface UsagePeriods {
  /** The beginning of the day. */
  readonly today: string;
  /** The beginning of the month. */
  readonly month: string;
  /** The end of the day, which stays the same while the day lasts, so that results are cached. */
  readonly to: string;
}

/** Returns the day and the month of a moment, in UTC as budgets count. */
export function getUsagePeriods(nowMs: number): UsagePeriods {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  const toIso = (...date: [year: number, month: number, day: number]) => new Date(Date.UTC(...date)).toISOString();
  return { today: toIso(year, month, day), month: toIso(year, month, 1), to: toIso(year, month, day + 1) };
}
