import type { LimitRule } from '../domain/limits.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { limitExceededError } from './limit-exceeded.ts';
import { windowSeconds } from './redis-scripts.ts';

/** Bounds the memory for rate counts while Redis is not available. */
const maxRateLimits = 10_000;
/** The number of isolates is unknown: each admits a quarter of a limit. */
const limitDivisor = 4;
/** When Redis may be available again, which counts what is left of a limit. */
const redisRetryMs = 5_000;

/** Enforces rate and concurrency limits in this isolate alone while Redis does not answer. It does not count budgets. */
export class LocalLimiter {
  /** By limit, the amounts of each second. */
  readonly #counts = new BoundedMap<string, Map<number, number>>({
    maxSize: maxRateLimits,
    // Limits of end users come in any number.
    evicts: 'least-recently-used',
  });
  readonly #slotsInUse = new Map<string, number>();

  /**
   * Admits a request within all its limits, or throws `rate_limited` and keeps no slot. The returned function releases the
   * slots and must be called when the request has ended. Amounts are in the unit of their limit.
   */
  admit(requirements: readonly { readonly rule: LimitRule; readonly requested: number }[], nowMs: number): () => void {
    const acquiredSlots: string[] = [];
    const releaseSlots = () => {
      for (const id of acquiredSlots.splice(0)) this.#releaseSlot(id);
    };
    for (const { rule, requested } of requirements) {
      const id = `${rule.kind} ${rule.scopeId}`;
      const limit = Math.min(rule.limit, Math.max(1, Math.floor(rule.limit / limitDivisor)));
      const isConcurrency = rule.kind === 'concurrency';
      const freesAtMs = isConcurrency
        ? this.#acquireSlot(id, limit, nowMs)
        : this.#count(id, Math.min(requested, limit), limit, nowMs);
      if (freesAtMs === undefined) {
        if (isConcurrency) acquiredSlots.push(id);
        continue;
      }
      releaseSlots();
      throw limitExceededError({
        rule,
        requested: Math.min(requested, rule.limit),
        free: 0,
        freesInMs: freesAtMs - nowMs,
        isHeldByOthers: false,
        mayFreeSooner: true,
      });
    }
    return releaseSlots;
  }

  /** Returns undefined, or when to try again. */
  #acquireSlot(id: string, limit: number, nowMs: number): number | undefined {
    const slotsInUse = this.#slotsInUse.get(id) ?? 0;
    if (slotsInUse >= limit) return nowMs + redisRetryMs;
    this.#slotsInUse.set(id, slotsInUse + 1);
    return undefined;
  }

  #releaseSlot(id: string): void {
    const slotsInUse = (this.#slotsInUse.get(id) ?? 0) - 1;
    if (slotsInUse > 0) this.#slotsInUse.set(id, slotsInUse);
    else this.#slotsInUse.delete(id);
  }

  /**
   * Counts an amount in the current second. Returns undefined, or when the amount is free if the last 60 whole seconds have
   * used up the limit.
   */
  #count(id: string, amount: number, limit: number, nowMs: number): number | undefined {
    const currentSecond = Math.floor(nowMs / 1000);
    const existing = this.#counts.get(id);
    const counts = existing ?? new Map<number, number>();
    let used = 0;
    for (const [second, count] of counts) {
      if (second < currentSecond - windowSeconds) counts.delete(second);
      else used += count;
    }
    if (used + amount > limit) {
      for (const [second, count] of counts) {
        used -= count;
        if (used + amount <= limit) return (second + windowSeconds + 1) * 1000;
      }
    }
    counts.set(currentSecond, (counts.get(currentSecond) ?? 0) + amount);
    if (!existing) this.#counts.set(id, counts);
    return undefined;
  }
}
