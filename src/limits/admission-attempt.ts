import { GatewayError } from '../domain/errors.ts';
import type { LimitRule, LimitStatus } from '../domain/limits.ts';
import { limitExceededError } from './limit-exceeded.ts';
import { isBudget } from './limit-rules.ts';
import type { RatePart } from './rate-lease.ts';
import { counterKey, dayOf, type LeaseReply, type LeaseRequest } from './redis-counters.ts';
import type { HeldPart, LimitState, TenantLeases } from './tenant-leases.ts';
import type { AdmissionRequest, Spent } from './types.ts';

/** What a call needs of one limit, and what it has of it so far. */
interface Need {
  readonly rule: LimitRule;
  readonly need: number;
  readonly state: LimitState;
  readonly want: number;
  parts: RatePart[];
  slot: string | undefined;
}

/** A refusal is remembered for so long at most: quota may be handed back at any time. */
const maxMemoryMs = 1_000;
/** Calls end all the time: the memory is for those that have come with the one that was refused. */
const slotMemoryMs = 50;

/** What one call takes from what its isolate has drawn: all that it needs, or in the end nothing. */
export class AdmissionAttempt {
  readonly #quota: TenantLeases;
  readonly #needs: Need[];
  /** When the call started: its day is the one that it is charged to. */
  readonly #nowMs: number;
  readonly #now: () => number;
  readonly #day: string;
  readonly #budgetKeys: readonly string[];
  readonly #money: number;
  #held: HeldPart[] = [];

  /** Throws `budget_exceeded` for a call whose price nobody knows while a budget counts it. */
  constructor(request: AdmissionRequest, rules: readonly LimitRule[], quota: TenantLeases, now: () => number) {
    const { tenantId, nowMs, estimate } = request;
    this.#quota = quota;
    this.#now = now;
    this.#nowMs = nowMs;
    this.#day = dayOf(nowMs);
    const counted = rules.some(({ kind }) => kind === 'tokens' || isBudget({ kind }));
    const { tokens, costNanoUsd } = counted ? estimate() : { tokens: 0, costNanoUsd: 0n };
    const budgets = rules.filter(isBudget);
    if (budgets.length > 0 && costNanoUsd === null) {
      throw new GatewayError(
        'budget_exceeded',
        'The price of this call is not known, and the calls of this API key are counted against a budget: set a price for its model (mutation setPrice), or use another model, service tier or kind of content.',
        { retryable: false },
      );
    }
    this.#money = Number(costNanoUsd ?? 0n);
    this.#budgetKeys = budgets.map((rule) => counterKey(tenantId, rule, this.#day));
    this.#needs = rules.map((rule) => {
      const state = quota.getState(rule);
      const need = rule.kind === 'tokens' ? tokens : isBudget(rule) ? this.#money : 1;
      return { rule, need, state, want: state.expect(need, nowMs), parts: [], slot: undefined };
    });
  }

  requirements(): readonly { readonly rule: LimitRule; readonly need: number }[] {
    return this.#needs;
  }

  /** Throws where a limit has refused as much a moment ago, and nothing can have freed since. */
  throwIfRecentlyDenied(asks: readonly LeaseRequest[]): void {
    for (const { rule, need: missing } of asks) {
      const own = this.#needs.find((one) => one.rule === rule);
      const refused = own?.state.refused;
      if (!own || !refused || missing < refused.need || this.#nowMs >= refused.untilMs) continue;
      const freesInMs = refused.freesAtMs - this.#nowMs;
      throw limitExceededError({ rule, need: own.need, free: refused.free, freesInMs, held: refused.held });
    }
  }

  /** Takes what has been drawn and is still missing. */
  takeLeased(): void {
    // The time of taking, not of the call's start: a lease that has run out meanwhile is not spent any more.
    const nowMs = this.#now();
    for (const one of this.#needs) {
      const { rule, state } = one;
      if (isBudget(rule)) continue;
      if (rule.kind === 'concurrency') one.slot ??= state.concurrencyLease.take(nowMs);
      else one.parts.push(...state.rateLease.take(one.need - taken(one), nowMs));
    }
    if (this.#budgetKeys.length === 0) return;
    const missing = this.#money - this.#heldAmount;
    this.#held.push(...this.#quota.reserve(missing, this.#day, this.#budgetKeys, nowMs));
  }

  /** Takes what others have drawn or handed back meanwhile. Gives whether there was anything. */
  takeMore(): boolean {
    const before = this.#missingAmount;
    this.takeLeased();
    return this.#missingAmount < before;
  }

  get #missingAmount(): number {
    return this.shortfalls().reduce((sum, { need }) => sum + need, 0);
  }

  get #heldAmount(): number {
    return this.#held.reduce((sum, { amount }) => sum + amount, 0);
  }

  /** What has to be drawn. All budgets are drawn together, for they are charged together. */
  shortfalls(): LeaseRequest[] {
    return this.#needs.flatMap((one) => {
      const { rule, want } = one;
      const need = this.#missingOf(one);
      return need > 0 ? [{ rule, need, demand: need + one.state.demand, want }] : [];
    });
  }

  #missingOf(one: Need): number {
    if (isBudget(one.rule)) return this.#money - this.#heldAmount;
    if (one.rule.kind === 'concurrency') return one.slot === undefined ? 1 : 0;
    return one.need - taken(one);
  }

  /** Says that this call waits for what it misses, so that whoever draws draws for it as well. Gives the way to take it back. */
  registerDemand(asks: readonly LeaseRequest[]): () => void {
    const announced = asks.map(({ rule, need }) => ({ state: this.#quota.getState(rule), need }));
    for (const { state, need } of announced) state.demand += need;
    return () => {
      for (const { state, need } of announced) state.demand -= need;
    };
  }

  /** Lets go of everything: the call is not let in. */
  release(): void {
    for (const one of this.#needs) {
      this.#quota.returnQuota(one.rule, one.parts, taken(one));
      one.parts = [];
      if (one.slot !== undefined) one.state.concurrencyLease.release(one.slot);
      one.slot = undefined;
    }
    for (const { hold, amount } of this.#held) hold.settle(amount, 0);
    this.#held = [];
  }

  /** Remembers that a limit has refused. Gives the error for the call. */
  recordDenial({ rule, need: missing }: LeaseRequest, reply: LeaseReply): GatewayError {
    const { free = 0, freesAtMs = -1 } = reply.limits[reply.index] ?? {};
    const own = this.#needs.find((one) => one.rule === rule);
    const need = own?.need ?? missing;
    const held = isBudget(rule) && freesAtMs >= 0;
    const freesInMs = freesInMsOf(rule, freesAtMs < 0 ? undefined : freesAtMs - reply.nowMs, this.#nowMs);
    if (own && freesInMs !== undefined) {
      const memoryMs = rule.kind === 'concurrency' ? slotMemoryMs : maxMemoryMs;
      const untilMs = this.#nowMs + Math.min(freesInMs, memoryMs);
      own.state.refused = { need: missing, untilMs, free, freesAtMs: this.#nowMs + freesInMs, held };
    }
    return limitExceededError({ rule, need, free, freesInMs, held });
  }

  /** Turns what was taken into what was spent. */
  settle({ tokens, costNanoUsd }: Spent): void {
    for (const one of this.#needs) {
      if (one.slot !== undefined) one.state.concurrencyLease.release(one.slot);
      if (one.rule.kind === 'tokens') {
        const surplus = one.need - tokens;
        if (surplus > 0) this.#quota.returnQuota(one.rule, one.parts, surplus);
        else if (surplus < 0) this.#quota.overdraw(one.rule, one.parts, -surplus);
      }
    }
    let cost = Number(costNanoUsd);
    for (const [index, { hold, amount }] of this.#held.entries()) {
      // What the call has cost beyond all that it had reserved is charged with the last part.
      const part = index === this.#held.length - 1 ? cost : Math.min(cost, amount);
      hold.settle(amount, part);
      cost -= part;
    }
  }

  status(): LimitStatus[] {
    return this.#needs.flatMap(({ rule, state }) => {
      if (rule.kind !== 'requests' && rule.kind !== 'tokens') return [];
      const { free, freesInMs } = state.known ?? { free: rule.limit, freesInMs: undefined };
      const remaining = Math.max(0, Math.min(rule.limit, free + state.rateLease.remaining(this.#nowMs)));
      return [{ rule, remaining, resetMs: freesInMs ?? 60_000 }];
    });
  }
}

function taken({ parts }: Need): number {
  return parts.reduce((sum, { amount }) => sum + amount, 0);
}

/** As Redis has said; where it has not, budgets begin anew with the next day or month, UTC. */
function freesInMsOf({ kind }: LimitRule, inMs: number | undefined, nowMs: number): number | undefined {
  if (inMs !== undefined) return Math.max(0, inMs);
  if (!isBudget({ kind })) return undefined;
  const now = new Date(nowMs);
  const next =
    kind === 'daily_budget'
      ? Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1)
      : Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  return next - nowMs;
}
