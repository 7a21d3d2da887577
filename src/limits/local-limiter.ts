import { BoundedMap } from '../lib/bounded-map.ts';
import { limitExceededError } from './limit-exceeded.ts';
import type { LimitRule } from './limit-rules.ts';
import { windowSeconds } from './redis-scripts.ts';

/** Bounds what an isolate remembers of keys while Redis is away. */
const maxRemembered = 10_000;
/** Nobody knows how many isolates there are: each lets a quarter of a limit in. */
const share = 4;
/** When Redis may be back. */
const retryAfterMs = 5_000;

/** Keeps limits in this isolate alone, while Redis does not answer. Knows nothing of money. */
export class LocalLimiter {
  readonly #counts = new BoundedMap<string, Map<number, number>>({
    maxSize: maxRemembered,
    evicts: 'least-recently-set',
  });
  readonly #underWay = new Map<string, number>();

  /** Lets a call in. Gives what is to be called when it has ended; throws `rate_limited`. */
  admit(needs: readonly { readonly rule: LimitRule; readonly need: number }[], nowMs: number): () => void {
    const entered: string[] = [];
    const leave = () => {
      for (const id of entered.splice(0)) this.#leave(id);
    };
    for (const { rule, need } of needs) {
      const id = `${rule.kind} ${rule.scopeId}`;
      const limit = Math.min(rule.limit, Math.max(1, Math.floor(rule.limit / share)));
      if (rule.kind === 'concurrency' ? this.#enter(id, limit) : this.#take(id, Math.min(need, limit), limit, nowMs)) {
        if (rule.kind === 'concurrency') entered.push(id);
        continue;
      }
      leave();
      throw limitExceededError({
        rule,
        need: Math.min(need, rule.limit),
        free: 0,
        freesInMs: retryAfterMs,
        held: false,
      });
    }
    return leave;
  }

  #enter(id: string, limit: number): boolean {
    const underWay = this.#underWay.get(id) ?? 0;
    if (underWay >= limit) return false;
    this.#underWay.set(id, underWay + 1);
    return true;
  }

  #leave(id: string): void {
    const underWay = (this.#underWay.get(id) ?? 0) - 1;
    if (underWay > 0) this.#underWay.set(id, underWay);
    else this.#underWay.delete(id);
  }

  /** Counts by whole seconds; false where the last 60 have used the limit up. */
  #take(id: string, amount: number, limit: number, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    const existing = this.#counts.get(id);
    const counts = existing ?? new Map<number, number>();
    let used = 0;
    for (const [at, count] of counts) {
      if (at < second - windowSeconds) counts.delete(at);
      else used += count;
    }
    if (used + amount > limit) return false;
    counts.set(second, (counts.get(second) ?? 0) + amount);
    if (!existing) this.#counts.set(id, counts);
    return true;
  }
}
