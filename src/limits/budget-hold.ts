import { holdTouchIntervalMs } from './redis-scripts.ts';

/** An update of a hold that Redis has to receive. Amounts are in nano-dollars. */
export interface HoldSettlement {
  /** How often the hold was settled before, which makes the settlement safe to repeat. */
  readonly version: number;
  /** What remains on hold: the reservations of requests in progress. */
  readonly reservedNanoUsd: number;
  /** What requests have cost since the last settlement. */
  readonly costNanoUsd: number;
}

interface HoldOptions {
  /** The id of the lease, `lease_…`. */
  readonly id: string;
  readonly tenantId: string;
  /** The day to which the hold is charged, UTC: `2026-11-24`. */
  readonly day: string;
  /** The counters in Redis to which the hold is charged. */
  readonly budgetKeys: readonly string[];
}

/**
 * Money that was acquired from the budgets of one key and its tenant, on one day, in nano-dollars. The budgets are charged
 * when the hold is acquired. Requests reserve from it and settle to their real cost; the unused rest goes back to the budgets
 * at the end. If this isolate dies, everything that is not settled stays charged.
 */
export class BudgetHold {
  readonly id: string;
  readonly tenantId: string;
  readonly day: string;
  readonly budgetKeys: readonly string[];
  readonly #expiresAtMs: number;
  #version = 0;
  /** The amount of the hold in Redis. */
  #amountNanoUsd: number;
  #reservedNanoUsd = 0;
  /** What requests have cost since the last settlement. */
  #costNanoUsd = 0;
  /** The settlement that Redis may not have received. It is repeated unchanged until it is confirmed. */
  #pendingSettlement: HoldSettlement | undefined;
  /** When Redis last received a settlement. */
  #touchedAtMs: number;
  /** Until when an unconfirmed hold may still be created in Redis. */
  #unconfirmedUntilMs = 0;

  constructor(options: HoldOptions & { readonly amountNanoUsd: number; readonly expiresAtMs: number }) {
    this.id = options.id;
    this.tenantId = options.tenantId;
    this.day = options.day;
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
    hold.#pendingSettlement = { version: 0, reservedNanoUsd: 0, costNanoUsd: 0 };
    return hold;
  }

  /** Returns what can be reserved, in nano-dollars: 0 after the lease has expired. Negative if requests cost more than the hold. */
  remaining(nowMs: number): number {
    return nowMs < this.#expiresAtMs ? this.#amountNanoUsd - this.#reservedNanoUsd - this.#costNanoUsd : 0;
  }

  /** Reserves an amount for a request, at most what remains. */
  reserve(amountNanoUsd: number): void {
    this.#reservedNanoUsd += amountNanoUsd;
  }

  /** Replaces a reservation by the cost of its request, which may be higher. */
  settle(reservedNanoUsd: number, costNanoUsd: number): void {
    this.#reservedNanoUsd -= reservedNanoUsd;
    this.#costNanoUsd += costNanoUsd;
  }

  /** Returns the next settlement. Undefined while requests can still reserve from the hold, and if nothing has changed. */
  prepareSettlement(nowMs: number): HoldSettlement | undefined {
    if (this.#pendingSettlement) return this.#pendingSettlement;
    const isUnchanged = this.#costNanoUsd === 0 && this.#amountNanoUsd === this.#reservedNanoUsd;
    // A hold without updates counts as abandoned by its isolate.
    const isTouched = this.#reservedNanoUsd === 0 || nowMs - this.#touchedAtMs < holdTouchIntervalMs;
    if (nowMs < this.#expiresAtMs || (isUnchanged && isTouched)) return undefined;
    this.#pendingSettlement = {
      version: this.#version,
      reservedNanoUsd: this.#reservedNanoUsd,
      costNanoUsd: this.#costNanoUsd,
    };
    return this.#pendingSettlement;
  }

  /**
   * Confirms that Redis has answered a settlement. `isApplied` is false if Redis changed nothing: it applied the settlement
   * before, or does not have the hold.
   */
  confirmSettlement(settlement: HoldSettlement, isApplied: boolean, nowMs: number): void {
    // A late answer to a repeated settlement says nothing about the next one.
    if (!this.#pendingSettlement || this.#pendingSettlement !== settlement) return;
    if (!isApplied && nowMs < this.#unconfirmedUntilMs) return;
    this.#touchedAtMs = nowMs;
    this.#version += 1;
    this.#amountNanoUsd = this.#pendingSettlement.reservedNanoUsd;
    this.#costNanoUsd -= this.#pendingSettlement.costNanoUsd;
    this.#pendingSettlement = undefined;
  }

  /** Returns whether the hold is settled completely and can be dropped. */
  isClosed(nowMs: number): boolean {
    return (
      this.#pendingSettlement === undefined &&
      nowMs >= this.#expiresAtMs &&
      this.#amountNanoUsd === 0 &&
      this.#reservedNanoUsd === 0 &&
      this.#costNanoUsd === 0
    );
  }
}
