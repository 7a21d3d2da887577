import type { LimitRule } from '../domain/limits.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import type { BudgetHold } from './budget-hold.ts';
import type { CounterChange } from './counter-changes.ts';
import { counterKey } from './counter-keys.ts';
import { EndUserStates, type LimitEntry, LimitState } from './limit-state.ts';
import type { RatePart } from './rate-lease.ts';

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

/** How long closed holds are remembered, and how many of them. */
const rememberMs = 30_000;
const maxClosedHolds = 10_000;
/** How long an end user is known to share counters. Afterwards Redis decides again. */
const sharesForMs = 10_000;
const maxMarkers = 1_000;

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

/** The leases of this isolate for the keys of one tenant, until they are settled in Redis. */
export class TenantLeases {
  readonly #tenantId: string;
  readonly #limits = new Map<string, LimitEntry>();
  readonly #endUsers: EndUserStates;
  /** The limits of which this isolate may have leases. */
  readonly #leased = new Set<LimitEntry>();
  readonly #holds = new Set<BudgetHold>();
  /** The holds by their day and budgets. */
  readonly #holdsByBudgets = new Map<string, Set<BudgetHold>>();
  readonly #markers = new BoundedMap<string, true>({ maxSize: maxMarkers, evicts: 'least-recently-set' });
  #closedHolds: ClosedHold[] = [];
  readonly #overages: CounterChange[] = [];
  /** Acquisitions in progress, by key id, and those for the limits of an end user by its subject too. */
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
  /** Until when a request sets the markers of the budgets of end users, unless it has ended. */
  setsMarkersUntilMs = 0;

  constructor(tenantId: string, endUsers = new EndUserStates()) {
    this.#tenantId = tenantId;
    this.#endUsers = endUsers;
  }

  /** Returns the state of a limit. Rules of the same kind and scope share one. */
  getState(rule: LimitRule): LimitState {
    const id = `${rule.kind} ${rule.scopeId}`;
    if (!rule.endUser) return getOrCreate(this.#limits, id, () => this.#createEntry(rule)).state;
    return getOrCreate(this.#endUsers.limits, `${this.#tenantId} ${id}`, () => this.#createEntry(rule)).state;
  }

  #createEntry(rule: LimitRule): LimitEntry {
    const entry: LimitEntry = { rule, state: new LimitState(() => void this.#leased.add(entry)) };
    return entry;
  }

  /** Records that an end user shares its counters with others. */
  markShared(subject: string, nowMs: number): void {
    this.#endUsers.sharedUntilMs.set(`${this.#tenantId} ${subject}`, nowMs + sharesForMs);
  }

  /** Returns whether an end user is known to share its counters with others. */
  isShared(subject: string, nowMs: number): boolean {
    return nowMs < (this.#endUsers.sharedUntilMs.get(`${this.#tenantId} ${subject}`) ?? 0);
  }

  /** Records that a marker of the budgets of end users exists. */
  rememberMarker(key: string): void {
    if (this.#markers.get(key) === undefined) this.#markers.set(key, true);
  }

  /** Whether a marker of the budgets of end users has existed. */
  knowsMarker(key: string): boolean {
    return this.#markers.get(key) !== undefined;
  }

  addHold(hold: BudgetHold): void {
    this.#holds.add(hold);
    getOrCreate(this.#holdsByBudgets, nameBudgets(hold.day, hold.budgetKeys), () => new Set<BudgetHold>()).add(hold);
  }

  #dropHold(hold: BudgetHold): void {
    this.#holds.delete(hold);
    const name = nameBudgets(hold.day, hold.budgetKeys);
    const holds = this.#holdsByBudgets.get(name);
    holds?.delete(hold);
    if (holds?.size === 0) this.#holdsByBudgets.delete(name);
  }

  /**
   * Reserves up to an amount, in nano-dollars, from the holds of a day that are charged to exactly these budgets. Returns the
   * parts, which may come to less.
   */
  reserveBudget(amount: number, day: string, budgetKeys: readonly string[], nowMs: number): HoldPart[] {
    const parts: HoldPart[] = [];
    let missing = amount;
    for (const hold of this.#holdsByBudgets.get(nameBudgets(day, budgetKeys)) ?? []) {
      if (missing <= 0) break;
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
    for (const entry of this.#leased) {
      const { rule, state } = entry;
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
      if (!state.hasUnsettled) this.#leased.delete(entry);
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
    this.#closedHolds = this.#closedHolds.filter(
      ({ hold, closedAtMs }) => hold.mayBeLost || nowMs - closedAtMs < rememberMs,
    );
    for (const hold of this.#holds) {
      if (!hold.isClosed(nowMs)) continue;
      this.#dropHold(hold);
      this.#closedHolds.push({ hold, closedAtMs: nowMs });
    }
    const excess = this.#closedHolds.length - maxClosedHolds;
    if (excess > 0)
      this.#closedHolds = this.#closedHolds.filter(({ hold }, index) => index >= excess || hold.mayBeLost);
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
        const isOpenAgain = reply === 1 && !this.#holds.has(hold);
        if (!isOpenAgain) return;
        this.#closedHolds = this.#closedHolds.filter((one) => one.hold !== hold);
        this.addHold(hold);
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
    return [...this.#holds].filter(({ hasDeferred }) => hasDeferred);
  }

  /** Whether Redis has to receive changes, now or later. */
  get hasUnsettled(): boolean {
    return (
      this.#holds.size > 0 ||
      this.hasLostHolds ||
      this.#closedHolds.some(({ hold }) => hold.mayBeLost) ||
      this.#overages.length > 0 ||
      this.#hasLeases(({ hasUnsettled }) => hasUnsettled)
    );
  }

  /** Whether requests hold slots that others may wait for. */
  get hasSlots(): boolean {
    return this.#hasLeases(({ concurrencyLease }) => concurrencyLease.hasSlots);
  }

  #hasLeases(isMet: (state: LimitState) => boolean): boolean {
    for (const { state } of this.#leased) if (isMet(state)) return true;
    return false;
  }
}

function nameBudgets(day: string, budgetKeys: readonly string[]): string {
  return `${day} ${budgetKeys.join()}`;
}

function getOrCreate<K, V>(
  map: { readonly get: (key: K) => V | undefined; readonly set: (key: K, value: V) => unknown },
  key: K,
  create: () => V,
): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}
