import type { LimitRule } from '../domain/limits.ts';
import type { BudgetHold } from './budget-hold.ts';
import { ConcurrencyLease } from './concurrency-lease.ts';
import { isBudget } from './limit-rules.ts';
import { RateLease, type RatePart } from './rate-lease.ts';
import type { CounterChange } from './redis-counters.ts';
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
  readonly hold: BudgetHold;
  readonly amount: number;
}

/** A change, and whom to say that Redis has heard of it. Those that cannot be repeated safely have nobody. */
interface OpenChange {
  readonly change: CounterChange;
  readonly confirmed?: (taken: boolean) => void;
}

/** A draw of one request that others of this isolate wait for. */
export interface PendingAcquisition {
  /** Whoever has not heard of it by then need not wait any longer: its request has ended under it. */
  readonly untilMs: number;
  /** Whether Redis has answered it; undefined while it is under way. */
  answered: boolean | undefined;
}

/** The work of one request that tells Redis of changes. */
export interface SettlementOwner {
  readonly sinceMs: number;
  /** When it last went on: its request may have ended under it. */
  seenAtMs: number;
}

/** Of one limit: what was drawn, what was learned, and how fast it is being used. */
export class LimitState {
  readonly rateLease = new RateLease();
  readonly concurrencyLease = new ConcurrencyLease();
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
export class TenantLeases {
  readonly #tenantId: string;
  readonly #rules = new Map<string, { rule: LimitRule; state: LimitState }>();
  #holds: BudgetHold[] = [];
  readonly #overdrawn: CounterChange[] = [];
  /** The draws that are under way, by key. */
  readonly pendingAcquisitions = new Map<string, PendingAcquisition>();
  /** Who is telling Redis of what has changed. */
  settlementOwner: SettlementOwner | undefined;

  constructor(tenantId: string) {
    this.#tenantId = tenantId;
  }

  getState(rule: LimitRule): LimitState {
    const id = `${rule.kind} ${rule.scopeId}`;
    const known = this.#rules.get(id);
    if (known) return known.state;
    const state = new LimitState();
    this.#rules.set(id, { rule, state });
    return state;
  }

  addHold(hold: BudgetHold): void {
    this.#holds.push(hold);
  }

  /** Reserves up to an amount from what is held on this day for budgets that are counted at these keys. */
  reserve(amount: number, day: string, budgetKeys: readonly string[], nowMs: number): HeldPart[] {
    const index = budgetKeys.join();
    const parts: HeldPart[] = [];
    let missing = amount;
    for (const hold of this.#holds) {
      if (missing <= 0) break;
      if (hold.day !== day || hold.budgetKeys.join() !== index) continue;
      const reserved = Math.min(Math.max(0, hold.remaining(nowMs)), missing);
      if (reserved <= 0) continue;
      hold.reserve(reserved);
      missing -= reserved;
      parts.push({ hold, amount: reserved });
    }
    return parts;
  }

  /** Hands back what a call has taken of a rate and not used; what can no longer be spent goes on to Redis with the rest. */
  returnQuota(rule: LimitRule, parts: readonly RatePart[], amount: number): void {
    let rest = amount;
    for (const { second, expiresAtMs, amount: taken } of parts.toReversed()) {
      this.getState(rule).rateLease.add(second, Math.min(taken, rest), expiresAtMs);
      rest -= Math.min(taken, rest);
    }
  }

  /** Charges a rate with what a call has used beyond what it had reserved. */
  overdraw(rule: LimitRule, parts: readonly RatePart[], amount: number): void {
    const second = parts.at(-1)?.second;
    if (second === undefined) return;
    const key = counterKey(this.#tenantId, rule, '');
    this.#overdrawn.push({ type: 'give_back', key, second, amount: -amount });
  }

  /** What Redis is to be told. */
  takeChanges(nowMs: number): OpenChange[] {
    const changes: OpenChange[] = this.#overdrawn.splice(0).map((change) => ({ change }));
    for (const { rule, state } of this.#rules.values()) {
      if (isBudget(rule)) continue;
      const key = counterKey(this.#tenantId, rule, '');
      for (const { second, amount } of state.rateLease.expire(nowMs)) {
        changes.push({ change: { type: 'give_back', key, second, amount } });
      }
      for (const { leaseId, slots } of state.concurrencyLease.changes(nowMs)) {
        const confirmed = () => state.concurrencyLease.confirm(leaseId, nowMs);
        changes.push({ change: { type: 'keep_slots', key, leaseId, slots }, confirmed });
      }
    }
    this.#holds = this.#holds.filter((hold) => !hold.done(nowMs));
    for (const hold of this.#holds) {
      const settlement = hold.settlement(nowMs);
      if (!settlement) continue;
      const { id, tenantId, budgetKeys } = hold;
      const confirmed = (taken: boolean) => hold.confirmSettlement(settlement, taken, nowMs);
      changes.push({ change: { type: 'settle', tenantId, holdId: id, budgetKeys, ...settlement }, confirmed });
    }
    return changes;
  }

  /** Whether there is something that Redis will have to be told. */
  get hasUnsettled(): boolean {
    return (
      this.#holds.length > 0 ||
      this.#overdrawn.length > 0 ||
      [...this.#rules.values()].some(({ state }) => state.rateLease.hasUnspent || state.concurrencyLease.hasSlots)
    );
  }

  /** Whether calls are under way whose slots others may be waiting for. */
  get hasSlots(): boolean {
    return [...this.#rules.values()].some(({ state }) => state.concurrencyLease.hasSlots);
  }
}
