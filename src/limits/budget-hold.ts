import { touchHoldEveryMs } from './redis-scripts.ts';

/** What Redis is to be told of a hold. */
export interface HoldSettlement {
  readonly version: number;
  /** What stays held: the reservations of calls that are under way. */
  readonly held: number;
  /** What calls have cost since Redis was last told. */
  readonly spent: number;
}

interface HoldOptions {
  readonly id: string;
  readonly tenantId: string;
  readonly day: string;
  readonly budgetKeys: readonly string[];
}

/**
 * Money that was drawn from the budgets of one key and its tenant, on one day, in nano-dollars. It is charged from the
 * moment it is drawn: a call reserves from it, settles to its real cost, and what nobody has used goes back at the end. Were
 * this isolate to die, all that is not settled would stay charged.
 */
export class BudgetHold {
  readonly id: string;
  readonly tenantId: string;
  readonly day: string;
  readonly budgetKeys: readonly string[];
  readonly #expiresAtMs: number;
  #version = 0;
  /** What Redis has as this hold's amount. */
  #amount: number;
  #reserved = 0;
  #spent = 0;
  /** What Redis has been told, and may not have heard: told again as it was until it is certain. */
  #telling: HoldSettlement | undefined;
  /** When Redis last heard of it. */
  #touchedAtMs: number;
  /** Until when it may still come to be, where nobody knows whether it is. */
  #lostUntilMs = 0;

  constructor(options: HoldOptions & { readonly amount: number; readonly expiresAtMs: number }) {
    this.id = options.id;
    this.tenantId = options.tenantId;
    this.day = options.day;
    this.budgetKeys = options.budgetKeys;
    this.#amount = options.amount;
    this.#expiresAtMs = options.expiresAtMs;
    this.#touchedAtMs = options.expiresAtMs;
  }

  /** Of a draw whose answer was lost: there may be a hold in Redis, now or until then, and whatever it holds is given back. */
  static lost({ untilMs, ...options }: HoldOptions & { readonly untilMs: number }): BudgetHold {
    const hold = new BudgetHold({ ...options, amount: 0, expiresAtMs: 0 });
    hold.#lostUntilMs = untilMs;
    hold.#telling = { version: 0, held: 0, spent: 0 };
    return hold;
  }

  remaining(nowMs: number): number {
    return nowMs < this.#expiresAtMs ? this.#amount - this.#reserved - this.#spent : 0;
  }

  reserve(amount: number): void {
    this.#reserved += amount;
  }

  /** Turns a reservation into what the call has cost, which may be more. */
  settle(reserved: number, cost: number): void {
    this.#reserved -= reserved;
    this.#spent += cost;
  }

  /** What there is to tell Redis; undefined while the hold can still be spent from, and where nothing has changed. */
  settlement(nowMs: number): HoldSettlement | undefined {
    if (this.#telling) return this.#telling;
    const isSame = this.#spent === 0 && this.#amount === this.#reserved;
    // One that nobody touches is taken for one of an isolate that has died.
    const isTouched = this.#reserved === 0 || nowMs - this.#touchedAtMs < touchHoldEveryMs;
    if (nowMs < this.#expiresAtMs || (isSame && isTouched)) return undefined;
    this.#telling = { version: this.#version, held: this.#reserved, spent: this.#spent };
    return this.#telling;
  }

  /** Says that Redis has answered to a settlement: it has taken it, now or (`taken` is false then) before. */
  confirmSettlement(settlement: HoldSettlement, taken: boolean, nowMs: number): void {
    // The late answer to one that was told twice says nothing of the next.
    if (!this.#telling || this.#telling !== settlement) return;
    if (!taken && nowMs < this.#lostUntilMs) return;
    this.#touchedAtMs = nowMs;
    this.#version += 1;
    this.#amount = this.#telling.held;
    this.#spent -= this.#telling.spent;
    this.#telling = undefined;
  }

  /** Whether nothing is left to do for it. */
  done(nowMs: number): boolean {
    return (
      this.#telling === undefined &&
      nowMs >= this.#expiresAtMs &&
      this.#amount === 0 &&
      this.#reserved === 0 &&
      this.#spent === 0
    );
  }
}
