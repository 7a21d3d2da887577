import type { LimitRule } from '../domain/limits.ts';
import { holdTouchIntervalMs } from './redis-scripts.ts';

/** What a request has cost, in nano-dollars. */
export interface RequestCost {
  readonly requestId: string;
  /** The second in which the request started, which its ledger row has too. */
  readonly second: number;
  readonly costNanoUsd: number;
}

/** An update of a hold that Redis has to receive. Amounts are in nano-dollars. */
export interface HoldSettlement {
  /** How often the hold was settled before, which makes the settlement safe to repeat. */
  readonly version: number;
  /** What remains on hold: the reservations of requests in progress, and costs that wait for their ledger rows. */
  readonly reservedNanoUsd: number;
  /** What requests have cost since the last settlement. */
  readonly costs: readonly RequestCost[];
  /** Whether Redis may defer the settlement until the ledger has the rows of the costs. */
  readonly mayDefer: boolean;
}

/** A hold that Redis has lost and has to receive again. */
export interface HoldRecreation {
  readonly version: number;
  readonly amountNanoUsd: number;
  /** Costs that were settled before the loss. */
  readonly settled: readonly TimedCost[];
}

interface TimedCost extends RequestCost {
  /** When the cost was settled or deferred. */
  readonly sinceMs: number;
}

/** The reply of Redis to a settlement. A number above 1: deferred; it is the second before which requests are deferred. */
export const settlementReplies = { unknownHold: -1, notApplied: 0, applied: 1 } as const;

export interface HoldOptions {
  /** The id of the lease, `lease_…`. */
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  /** The day to which the hold is charged, UTC: `2026-11-24`. */
  readonly day: string;
  /** The budgets to which the hold is charged. */
  readonly rules: readonly LimitRule[];
  /** Their counters in Redis, in the same order. */
  readonly budgetKeys: readonly string[];
}

/** Versions of a hold that Redis has received again are this much higher: late settlements of the lost one do not fit. */
const recreatedVersionStep = 1_000;
/** How long a settled cost is remembered. Its row has passed the queue by then. */
const rememberMs = 30_000;
/** How long a cost stays on hold for its row. Later rows are counted when they come. */
const maxDeferralMs = 20_000;

/**
 * Money that was acquired from the budgets of one key and its tenant, on one day, in nano-dollars. The budgets are charged
 * when the hold is acquired. Requests reserve from it and settle to their real cost; the unused rest goes back to the budgets
 * at the end. If this isolate dies, everything that is not settled stays charged. If Redis loses its keys, it receives the hold
 * again, with the costs whose rows the ledger may not have yet.
 */
export class BudgetHold {
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  readonly day: string;
  readonly rules: readonly LimitRule[];
  readonly budgetKeys: readonly string[];
  readonly #expiresAtMs: number;
  #version = 0;
  /** The amount of the hold in Redis. */
  #amountNanoUsd: number;
  #reservedNanoUsd = 0;
  /** The sum of the costs that are not settled. */
  #costNanoUsd = 0;
  #unsettled: RequestCost[] = [];
  /** Costs that stay on hold until the ledger has their rows: a counter that Redis had lost was seeded from the ledger. */
  #deferred: TimedCost[] = [];
  /** Costs that were deferred and can be settled now. */
  #released: RequestCost[] = [];
  #settled: TimedCost[] = [];
  /** The settlement that Redis may not have received. It is repeated unchanged until it is confirmed. */
  #pendingSettlement: HoldSettlement | undefined;
  /** Whether the pending settlement was sent and got no reply. */
  #isUnanswered = false;
  /** Whether Redis may have lost the hold. */
  #mayBeLost = false;
  /** The recreation that Redis may not have received. It is repeated unchanged until it is confirmed. */
  #pendingRecreation: HoldRecreation | undefined;
  /** When Redis last received a settlement. */
  #touchedAtMs: number;
  /** Until when an unconfirmed hold may still be created in Redis. */
  #unconfirmedUntilMs = 0;

  constructor(options: HoldOptions & { readonly amountNanoUsd: number; readonly expiresAtMs: number }) {
    this.id = options.id;
    this.tenantId = options.tenantId;
    this.keyId = options.keyId;
    this.day = options.day;
    this.rules = options.rules;
    this.budgetKeys = options.budgetKeys;
    this.#amountNanoUsd = options.amountNanoUsd;
    this.#expiresAtMs = options.expiresAtMs;
    this.#touchedAtMs = options.expiresAtMs;
  }

  /**
   * Creates the hold of an acquisition whose reply was lost. Redis may have created it, or may until `untilMs`. Nothing can be
   * reserved from it: its settlement gives the whole amount back.
   */
  static unconfirmed({ untilMs, ...options }: HoldOptions & { readonly untilMs: number }): BudgetHold {
    const hold = new BudgetHold({ ...options, amountNanoUsd: 0, expiresAtMs: 0 });
    hold.#unconfirmedUntilMs = untilMs;
    hold.#pendingSettlement = { version: 0, reservedNanoUsd: 0, costs: [], mayDefer: false };
    return hold;
  }

  /** Whether Redis has confirmed that it created the hold. */
  get isConfirmed(): boolean {
    return this.#unconfirmedUntilMs === 0;
  }

  /** Returns what can be reserved, in nano-dollars: 0 after the lease has expired. Negative if requests cost more than the hold. */
  remaining(nowMs: number): number {
    return nowMs < this.#expiresAtMs ? this.#amountNanoUsd - this.#reservedNanoUsd - this.#costNanoUsd : 0;
  }

  /** Reserves an amount for a request, at most what remains. */
  reserve(amountNanoUsd: number): void {
    this.#reservedNanoUsd += amountNanoUsd;
  }

  /** Returns the reservation of a request that is not admitted. */
  release(amountNanoUsd: number): void {
    this.#reservedNanoUsd -= amountNanoUsd;
  }

  /** Replaces a reservation by the cost of its request, which may be higher. */
  settle(reservedNanoUsd: number, cost: RequestCost): void {
    this.#reservedNanoUsd -= reservedNanoUsd;
    if (cost.costNanoUsd === 0) return;
    this.#costNanoUsd += cost.costNanoUsd;
    this.#unsettled.push(cost);
  }

  /** Returns the next settlement. Undefined while requests can still reserve from the hold, and if nothing has changed. */
  prepareSettlement(nowMs: number): HoldSettlement | undefined {
    if (this.#mayBeLost) return undefined;
    if (this.#pendingSettlement) return this.#pendingSettlement;
    const mayDefer = this.#released.length === 0;
    const costs = mayDefer ? this.#unsettled : this.#released;
    const reservedNanoUsd = this.#reservedNanoUsd + this.#costNanoUsd - sumCosts(costs);
    const isUnchanged = costs.length === 0 && this.#amountNanoUsd === reservedNanoUsd;
    // A hold without updates counts as abandoned by its isolate.
    const isTouched = reservedNanoUsd === 0 || nowMs - this.#touchedAtMs < holdTouchIntervalMs;
    if (nowMs < this.#expiresAtMs || (isUnchanged && isTouched)) return undefined;
    if (mayDefer) this.#unsettled = [];
    else this.#released = [];
    this.#pendingSettlement = { version: this.#version, reservedNanoUsd, costs, mayDefer };
    this.#isUnanswered = false;
    return this.#pendingSettlement;
  }

  /**
   * Confirms a settlement with the reply of Redis, one of `settlementReplies`. Undefined: no reply. Returns true if Redis has
   * lost the hold.
   */
  confirmSettlement(settlement: HoldSettlement, reply: number | undefined, nowMs: number): boolean {
    // A late answer to a repeated settlement says nothing about the next one.
    if (!this.#pendingSettlement || this.#pendingSettlement !== settlement) return false;
    if (reply === undefined) {
      this.#isUnanswered = true;
      return false;
    }
    if (reply <= settlementReplies.notApplied && nowMs < this.#unconfirmedUntilMs) return false;
    const { costs, mayDefer, reservedNanoUsd } = settlement;
    // Without a reply to the first try, Redis may have settled and dropped the hold.
    const isLost = reply === settlementReplies.unknownHold && !this.#isUnanswered && this.isConfirmed;
    if (reply > settlementReplies.applied && mayDefer) {
      this.#pendingSettlement = undefined;
      this.#deferred.push(...costs.filter(({ second }) => second < reply).map((cost) => ({ ...cost, sinceMs: nowMs })));
      this.#unsettled.push(...costs.filter(({ second }) => second >= reply));
    } else if (isLost) {
      this.#cancelSettlement();
      if (this.#reservedNanoUsd === 0 && this.#costNanoUsd === 0) this.#amountNanoUsd = 0;
    } else {
      this.#pendingSettlement = undefined;
      this.#touchedAtMs = nowMs;
      this.#version += 1;
      this.#amountNanoUsd = reservedNanoUsd;
      this.#costNanoUsd -= sumCosts(costs);
      this.#settled.push(...costs.map((cost) => ({ ...cost, sinceMs: nowMs })));
    }
    return isLost;
  }

  #cancelSettlement(): void {
    if (!this.#pendingSettlement) return;
    const { costs, mayDefer } = this.#pendingSettlement;
    (mayDefer ? this.#unsettled : this.#released).push(...costs);
    this.#pendingSettlement = undefined;
  }

  /** Whether costs wait for their ledger rows. */
  get hasDeferred(): boolean {
    return this.#deferred.length > 0;
  }

  /** Returns the ids of the requests whose costs wait for their ledger rows. */
  listDeferred(): string[] {
    return this.#deferred.map(({ requestId }) => requestId);
  }

  /** Settles the deferred costs whose rows are stored and counted, and those that have waited for too long. */
  settleDeferred(storedIds: ReadonlySet<string>, nowMs: number): void {
    const isDue = ({ requestId, sinceMs }: TimedCost) => storedIds.has(requestId) || nowMs - sinceMs >= maxDeferralMs;
    this.#released.push(...this.#deferred.filter(isDue));
    this.#deferred = this.#deferred.filter((cost) => !isDue(cost));
  }

  /** Whether Redis may have lost the hold and has to receive it again. */
  get mayBeLost(): boolean {
    return this.#mayBeLost;
  }

  /** Marks the hold as lost, unless it holds nothing that matters. */
  markLost(): void {
    const isUsed = this.#reservedNanoUsd > 0 || this.#costNanoUsd > 0 || this.#settled.length > 0;
    if (isUsed && this.isConfirmed) this.#mayBeLost = true;
  }

  /** Returns the ids of the requests whose costs were settled recently. */
  listSettled(nowMs: number): string[] {
    this.#settled = this.#settled.filter(({ sinceMs }) => nowMs - sinceMs < rememberMs);
    return this.#settled.map(({ requestId }) => requestId);
  }

  /** Forgets the settled costs whose rows are stored. */
  forgetStored(storedIds: ReadonlySet<string>): void {
    this.#settled = this.#settled.filter(({ requestId }) => !storedIds.has(requestId));
  }

  /** Returns what Redis has to receive if it has lost the hold. Undefined if it has not. */
  prepareRecreation(nowMs: number): HoldRecreation | undefined {
    if (!this.#mayBeLost) return undefined;
    if (this.#pendingRecreation) return this.#pendingRecreation;
    const usedNanoUsd = this.#reservedNanoUsd + this.#costNanoUsd;
    const openNanoUsd = nowMs < this.#expiresAtMs ? Math.max(this.#amountNanoUsd, usedNanoUsd) : usedNanoUsd;
    const settled = [...this.#settled];
    const version = this.#version + recreatedVersionStep;
    this.#pendingRecreation = { version, amountNanoUsd: openNanoUsd + sumCosts(settled), settled };
    return this.#pendingRecreation;
  }

  /** Confirms a recreation. `isLost`: whether Redis had lost the hold and has it again. */
  confirmRecreation(recreation: HoldRecreation, isLost: boolean, nowMs: number): void {
    if (!this.#pendingRecreation || this.#pendingRecreation !== recreation) return;
    this.#pendingRecreation = undefined;
    this.#mayBeLost = false;
    if (!isLost) return;
    const { version, amountNanoUsd, settled } = recreation;
    this.#cancelSettlement();
    this.#version = version;
    this.#amountNanoUsd = amountNanoUsd;
    this.#touchedAtMs = nowMs;
    const included = new Set(settled);
    this.#settled = this.#settled.filter((cost) => !included.has(cost));
    this.#deferred.push(...settled.map((cost) => ({ ...cost, sinceMs: nowMs })));
    this.#costNanoUsd += sumCosts(settled);
  }

  /** Returns whether the hold is settled completely and can be dropped. */
  isClosed(nowMs: number): boolean {
    return (
      this.#pendingSettlement === undefined &&
      !this.#mayBeLost &&
      nowMs >= this.#expiresAtMs &&
      this.#amountNanoUsd === 0 &&
      this.#reservedNanoUsd === 0 &&
      this.#costNanoUsd === 0
    );
  }
}

function sumCosts(costs: readonly RequestCost[]): number {
  return costs.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
}
