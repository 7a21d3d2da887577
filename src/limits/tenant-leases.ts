import type { LimitRule } from '../domain/limits.ts';
import type { BudgetHold } from './budget-hold.ts';
import { ConcurrencyLease } from './concurrency-lease.ts';
import { isBudget } from './limit-rules.ts';
import { RateLease, type RatePart } from './rate-lease.ts';
import type { CounterChange } from './redis-counters.ts';
import { counterKey } from './redis-counters.ts';
import { leaseSeconds } from './redis-scripts.ts';
import { SlotDurations } from './slot-durations.ts';

/** The state of a limit in Redis after the last acquisition, for the headers of responses. */
interface LimitSnapshot {
  readonly free: number;
  /** Milliseconds from the acquisition. Undefined if unknown. */
  readonly freesInMs: number | undefined;
}

/** A denial that is valid until a time: the limit denies an equal or larger shortfall without a round trip. */
interface Denial {
  readonly shortfall: number;
  readonly untilMs: number;
  readonly free: number;
  readonly freesAtMs: number;
  readonly isHeldByOthers: boolean;
}

/** What Redis had free of a limit when another limit denied a request. */
interface Room {
  readonly free: number;
  readonly untilMs: number;
}

/** Money that a request has reserved from one hold, in nano-dollars. */
export interface HoldPart {
  readonly hold: BudgetHold;
  readonly amount: number;
}

/** A change that Redis has to receive. A change that must not be repeated has no `confirm`. */
interface PendingChange {
  readonly change: CounterChange;
  /** Must be called with the reply of Redis, undefined if there was none. */
  readonly confirm?: (reply: number | undefined) => void;
}

/** A hold that was settled completely. Redis may lose its counters before the ledger has the rows of its costs. */
interface ClosedHold {
  readonly hold: BudgetHold;
  readonly closedAtMs: number;
}

/** How long closed holds are remembered. */
const rememberMs = 30_000;

/** An acquisition by one request that other requests of this isolate wait for. */
export interface PendingAcquisition {
  /** Other requests stop waiting at this time: the request may have ended with its acquisition. Extended while it waits. */
  expiresAtMs: number;
  /** Whether Redis takes longer than a request without a budget waits. */
  isLate: boolean;
  /** Whether Redis answered. Undefined while the acquisition is in progress. */
  hasReply: boolean | undefined;
}

/** The background work of one request that settles with Redis. */
export interface SettlementOwner {
  readonly startedAtMs: number;
  /** When the work last made progress. Without any it may have ended with its request. */
  lastActiveAtMs: number;
}

/** The leases, the last snapshot and the recent use of one limit. */
export class LimitState {
  readonly rateLease = new RateLease();
  readonly concurrencyLease = new ConcurrencyLease();
  readonly slotDurations = new SlotDurations();
  /** What the requests that wait for an acquisition are missing. */
  demand = 0;
  snapshot: LimitSnapshot | undefined;
  denial: Denial | undefined;
  room: Room | undefined;
  /** Use in an exponentially decaying window. */
  #recentUse = 0;
  #updatedAtMs = 0;

  /** Records a use and returns the amount that is likely to be used while a lease lasts. */
  updateForecast(amount: number, nowMs: number): number {
    const elapsedSeconds = Math.max(0, nowMs - this.#updatedAtMs) / 1000;
    this.#recentUse = this.#recentUse * Math.exp(-elapsedSeconds / leaseSeconds) + amount;
    this.#updatedAtMs = nowMs;
    return Math.ceil(this.#recentUse);
  }
}

/** The leases of this isolate for the keys of one tenant, until they are settled in Redis. */
export class TenantLeases {
  readonly #tenantId: string;
  readonly #limits = new Map<string, { rule: LimitRule; state: LimitState }>();
  #holds: BudgetHold[] = [];
  #closedHolds: ClosedHold[] = [];
  readonly #overages: CounterChange[] = [];
  /** Acquisitions in progress, by key id. */
  readonly pendingAcquisitions = new Map<string, PendingAcquisition>();
  /** The request whose background work settles with Redis. */
  settlementOwner: SettlementOwner | undefined;
  /** Whether Redis has lost a hold, and this isolate has not sent again what it has on hold. */
  hasLostHolds = false;
  /** When this isolate last sent again what it has on hold. */
  recoveredAtMs = 0;
  /** When the ledger was last asked for the rows of deferred costs. */
  askedLedgerAtMs = 0;
  /** Until when Redis creates no counter of the tenant: it waits for what the isolates have on hold. */
  recoversUntilMs = 0;

  constructor(tenantId: string) {
    this.#tenantId = tenantId;
  }

  /** Returns the state of a limit. Rules of the same kind and scope share one. */
  getState(rule: LimitRule): LimitState {
    const id = `${rule.kind} ${rule.scopeId}`;
    const existing = this.#limits.get(id);
    if (existing) return existing.state;
    const state = new LimitState();
    this.#limits.set(id, { rule, state });
    return state;
  }

  addHold(hold: BudgetHold): void {
    this.#holds.push(hold);
  }

  /**
   * Reserves up to an amount, in nano-dollars, from the holds of a day that are charged to exactly these budgets. Returns the
   * parts, which may come to less.
   */
  reserveBudget(amount: number, day: string, budgetKeys: readonly string[], nowMs: number): HoldPart[] {
    const joinedKeys = budgetKeys.join();
    const parts: HoldPart[] = [];
    let missing = amount;
    for (const hold of this.#holds) {
      if (missing <= 0) break;
      if (hold.day !== day || hold.budgetKeys.join() !== joinedKeys) continue;
      const reserved = Math.min(Math.max(0, hold.remaining(nowMs)), missing);
      if (reserved <= 0) continue;
      hold.reserve(reserved);
      missing -= reserved;
      parts.push({ hold, amount: reserved });
    }
    return parts;
  }

  /** Returns the unused amount of a rate to its lease. What has expired goes back to Redis with the next changes. */
  returnQuota(rule: LimitRule, parts: readonly RatePart[], amount: number): void {
    let remaining = amount;
    for (const { second, expiresAtMs, amount: consumed } of parts.toReversed()) {
      this.getState(rule).rateLease.add(second, Math.min(consumed, remaining), expiresAtMs);
      remaining -= Math.min(consumed, remaining);
    }
  }

  /** Charges a rate with what a request has used beyond the quota that it consumed. */
  chargeOverage(rule: LimitRule, parts: readonly RatePart[], amount: number): void {
    const second = parts.at(-1)?.second;
    if (second === undefined) return;
    const key = counterKey(this.#tenantId, rule, '');
    this.#overages.push({ type: 'return_quota', key, second, amount: -amount });
  }

  /**
   * Collects the changes that Redis has to receive. Returned quota and overages are collected once. Slots and settlements are
   * collected again until they are confirmed.
   */
  collectChanges(nowMs: number): PendingChange[] {
    const changes: PendingChange[] = this.#overages.splice(0).map((change) => ({ change }));
    for (const { rule, state } of this.#limits.values()) {
      if (isBudget(rule)) continue;
      const key = counterKey(this.#tenantId, rule, '');
      for (const { second, amount } of state.rateLease.removeExpired(nowMs)) {
        changes.push({ change: { type: 'return_quota', key, second, amount } });
      }
      for (const { leaseId, slots } of state.concurrencyLease.collectUpdates(nowMs)) {
        const confirm = (reply: number | undefined) => {
          if (reply !== undefined) state.concurrencyLease.confirmUpdate(leaseId, nowMs);
        };
        changes.push({ change: { type: 'set_slots', key, leaseId, slots }, confirm });
      }
    }
    this.#dropClosedHolds(nowMs);
    for (const hold of this.#holds) {
      const settlement = hold.prepareSettlement(nowMs);
      if (!settlement) continue;
      const { id, tenantId, budgetKeys } = hold;
      const confirm = (reply: number | undefined) => {
        if (hold.confirmSettlement(settlement, reply, nowMs)) this.hasLostHolds = true;
      };
      changes.push({ change: { type: 'settle', tenantId, holdId: id, budgetKeys, ...settlement }, confirm });
    }
    return [...this.collectRecreations(nowMs), ...changes];
  }

  #dropClosedHolds(nowMs: number): void {
    const closed = this.#holds.filter((hold) => hold.isClosed(nowMs));
    if (closed.length > 0) this.#holds = this.#holds.filter((hold) => !closed.includes(hold));
    this.#closedHolds = this.#closedHolds.filter(
      ({ hold, closedAtMs }) => hold.mayBeLost || nowMs - closedAtMs < rememberMs,
    );
    for (const hold of closed) this.#closedHolds.push({ hold, closedAtMs: nowMs });
  }

  /** Whether this isolate has acquired from a budget recently, so that its counter existed. */
  knowsBudget(budgetKey: string): boolean {
    return this.#listAllHolds().some(({ isConfirmed, budgetKeys }) => isConfirmed && budgetKeys.includes(budgetKey));
  }

  /** Returns the ids of the requests that were settled recently. */
  listSettled(nowMs: number): string[] {
    return this.#listAllHolds().flatMap((hold) => hold.listSettled(nowMs));
  }

  /** Marks all holds as lost. `storedIds`: the recently settled requests whose rows the ledger has. */
  markLost(storedIds: ReadonlySet<string>): void {
    for (const hold of this.#listAllHolds()) {
      hold.forgetStored(storedIds);
      hold.markLost();
    }
    this.hasLostHolds = false;
  }

  /** Collects the holds that Redis has to receive again if it has lost them. They are collected until they are confirmed. */
  collectRecreations(nowMs: number): PendingChange[] {
    return this.#listAllHolds().flatMap((hold): PendingChange[] => {
      const recreation = hold.prepareRecreation(nowMs);
      if (!recreation) return [];
      const { id: holdId, tenantId, keyId, day, rules, budgetKeys } = hold;
      const { version, amountNanoUsd } = recreation;
      const confirm = (reply: number | undefined) => {
        if (reply === undefined) return;
        hold.confirmRecreation(recreation, reply === 1, nowMs);
        const isOpenAgain = reply === 1 && !this.#holds.includes(hold);
        if (!isOpenAgain) return;
        this.#closedHolds = this.#closedHolds.filter((one) => one.hold !== hold);
        this.#holds.push(hold);
      };
      const owner = { tenantId, keyId, day, rules, budgetKeys };
      return [{ change: { type: 'recreate', holdId, version, amountNanoUsd, ...owner }, confirm }];
    });
  }

  #listAllHolds(): BudgetHold[] {
    return [...this.#holds, ...this.#closedHolds.map(({ hold }) => hold)];
  }

  /** Returns the holds with costs that wait for their ledger rows. */
  listDeferringHolds(): BudgetHold[] {
    return this.#holds.filter(({ hasDeferred }) => hasDeferred);
  }

  /** Whether Redis has to receive changes, now or later. */
  get hasUnsettled(): boolean {
    return (
      this.#holds.length > 0 ||
      this.hasLostHolds ||
      this.#closedHolds.some(({ hold }) => hold.mayBeLost) ||
      this.#overages.length > 0 ||
      [...this.#limits.values()].some(({ state }) => state.rateLease.hasUnspent || state.concurrencyLease.hasSlots)
    );
  }

  /** Whether requests hold slots that others may wait for. */
  get hasSlots(): boolean {
    return [...this.#limits.values()].some(({ state }) => state.concurrencyLease.hasSlots);
  }
}
