import type { Hold } from './budget-hold.ts';
import { SlotLease } from './concurrency-lease.ts';
import { isBudget, type Limiter } from './limit-rules.ts';
import { QuotaLease, type QuotaPart } from './rate-lease.ts';
import type { Change } from './redis-counters.ts';
import { counterKey } from './redis-counters.ts';
import { leaseSeconds } from './redis-scripts.ts';

/** What a limit is known to be from the last draw, for the headers of replies. */
interface Known {
  readonly free: number;
  readonly freesInMs: number | undefined;
  readonly atMs: number;
}

/** Money that a call has reserved of a hold. */
export interface HeldPart {
  readonly hold: Hold;
  readonly amount: number;
}

/** A change, and whom to say that Redis has heard of it. Those that cannot be repeated safely have nobody. */
interface OpenChange {
  readonly change: Change;
  readonly told?: (taken: boolean) => void;
}

/** A draw of one request that others of this isolate wait for. */
export interface Drawing {
  /** Whoever has not heard of it by then need not wait any longer: its request has ended under it. */
  readonly untilMs: number;
  /** Whether Redis has answered it; undefined while it is under way. */
  answered: boolean | undefined;
}

/** The work of one request that tells Redis of changes. */
export interface FlushOwner {
  readonly sinceMs: number;
  /** When it last went on: its request may have ended under it. */
  seenAtMs: number;
}

/** Of one limit: what was drawn, what was learned, and how fast it is being used. */
export class LimiterState {
  readonly quota = new QuotaLease();
  readonly slots = new SlotLease();
  /** What the calls that wait for a draw still need. */
  demand = 0;
  known: Known | undefined;
  /** A refusal that still holds: as much as this, until then, and no round trip has to say so again. */
  refused: { need: number; untilMs: number; free: number; freesAtMs: number; held: boolean } | undefined;
  #rate = 0;
  #ratedAtMs = 0;

  /** Notes a use, and gives how much is likely to be used while a lease lives. */
  expect(amount: number, nowMs: number): number {
    const elapsed = Math.max(0, nowMs - this.#ratedAtMs) / 1000;
    this.#rate = this.#rate * Math.exp(-elapsed / leaseSeconds) + amount;
    this.#ratedAtMs = nowMs;
    return Math.ceil(this.#rate);
  }
}

/** What this isolate has drawn for the keys of one tenant and not told Redis the end of. */
export class TenantQuota {
  readonly #tenantId: string;
  readonly #limiters = new Map<string, { limiter: Limiter; state: LimiterState }>();
  #holds: Hold[] = [];
  readonly #overdrawn: Change[] = [];
  /** The draws that are under way, by key. */
  readonly drawing = new Map<string, Drawing>();
  /** Who is telling Redis of what has changed. */
  flusher: FlushOwner | undefined;

  constructor(tenantId: string) {
    this.#tenantId = tenantId;
  }

  of(limiter: Limiter): LimiterState {
    const id = `${limiter.kind} ${limiter.scopeId}`;
    const known = this.#limiters.get(id);
    if (known) return known.state;
    const state = new LimiterState();
    this.#limiters.set(id, { limiter, state });
    return state;
  }

  addHold(hold: Hold): void {
    this.#holds.push(hold);
  }

  /** Reserves up to an amount from what is held on this day for budgets that are counted at these keys. */
  reserve(amount: number, day: string, budgetKeys: readonly string[], nowMs: number): HeldPart[] {
    const place = budgetKeys.join();
    const parts: HeldPart[] = [];
    let missing = amount;
    for (const hold of this.#holds) {
      if (missing <= 0) break;
      if (hold.day !== day || hold.budgetKeys.join() !== place) continue;
      const reserved = Math.min(Math.max(0, hold.left(nowMs)), missing);
      if (reserved <= 0) continue;
      hold.reserve(reserved);
      missing -= reserved;
      parts.push({ hold, amount: reserved });
    }
    return parts;
  }

  /** Hands back what a call has taken of a rate and not used; what can no longer be spent goes on to Redis with the rest. */
  putBack(limiter: Limiter, parts: readonly QuotaPart[], amount: number): void {
    let rest = amount;
    for (const { second, expiresAtMs, amount: taken } of parts.toReversed()) {
      this.of(limiter).quota.add(second, Math.min(taken, rest), expiresAtMs);
      rest -= Math.min(taken, rest);
    }
  }

  /** Charges a rate with what a call has used beyond what it had reserved. */
  overdraw(limiter: Limiter, parts: readonly QuotaPart[], amount: number): void {
    const second = parts.at(-1)?.second;
    if (second === undefined) return;
    const key = counterKey(this.#tenantId, limiter, '');
    this.#overdrawn.push({ type: 'give_back', key, second, amount: -amount });
  }

  /** What Redis is to be told. */
  changes(nowMs: number): OpenChange[] {
    const changes: OpenChange[] = this.#overdrawn.splice(0).map((change) => ({ change }));
    for (const { limiter, state } of this.#limiters.values()) {
      if (isBudget(limiter)) continue;
      const key = counterKey(this.#tenantId, limiter, '');
      for (const { second, amount } of state.quota.expire(nowMs)) {
        changes.push({ change: { type: 'give_back', key, second, amount } });
      }
      for (const { drawId, slots } of state.slots.changes(nowMs)) {
        const told = () => state.slots.told(drawId, nowMs);
        changes.push({ change: { type: 'keep_slots', key, drawId, slots }, told });
      }
    }
    this.#holds = this.#holds.filter((hold) => !hold.done(nowMs));
    for (const hold of this.#holds) {
      const settlement = hold.settlement(nowMs);
      if (!settlement) continue;
      const { id, tenantId, budgetKeys } = hold;
      const told = (taken: boolean) => hold.settled(settlement, taken, nowMs);
      changes.push({ change: { type: 'settle', tenantId, holdId: id, budgetKeys, ...settlement }, told });
    }
    return changes;
  }

  /** Whether there is something that Redis will have to be told. */
  get open(): boolean {
    return (
      this.#holds.length > 0 ||
      this.#overdrawn.length > 0 ||
      [...this.#limiters.values()].some(({ state }) => state.quota.any || state.slots.any)
    );
  }

  /** Whether calls are under way whose slots others may be waiting for. */
  get hasSlots(): boolean {
    return [...this.#limiters.values()].some(({ state }) => state.slots.any);
  }
}
