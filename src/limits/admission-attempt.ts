import { GatewayError } from '../domain/errors.ts';
import type { LimitRule, LimitStatus } from '../domain/limits.ts';
import { counterKey, dayOf } from './counter-keys.ts';
import { shareCounters } from './end-users.ts';
import { limitExceededError } from './limit-exceeded.ts';
import { isBudget } from './limit-rules.ts';
import type { LimitState } from './limit-state.ts';
import type { RatePart } from './rate-lease.ts';
import type { LeasedLimit, LeaseReply, LeaseRequest } from './redis-counters.ts';
import { leaseSeconds } from './redis-scripts.ts';
import type { HoldPart, TenantLeases } from './tenant-leases.ts';
import type { ActualUsage, AdmissionRequest, MaxUsage } from './types.ts';

/** What a request needs of one limit, in its unit, and what it has reserved so far. */
interface Requirement {
  readonly rule: LimitRule;
  readonly requested: number;
  readonly state: LimitState;
  readonly forecast: number;
  parts: RatePart[];
  /** The lease of the slot. */
  slotLeaseId: string | undefined;
  /** Records that the call that uses the slot has ended. */
  endCall: ((nowMs: number) => void) | undefined;
}

/** A lease request that Redis has denied. */
interface DeniedLease {
  readonly leaseRequest: LeaseRequest;
  readonly requirement: Requirement | undefined;
  readonly free: number;
  /** Undefined if that is unknown or never. */
  readonly freesInMs: number | undefined;
  readonly isHeldByOthers: boolean;
}

/** The maximum duration of a denial: quota may be returned at any time. */
const maxDenialMs = 1_000;
/** Slots become free all the time: this covers the requests that arrive together with a denied one. */
const maxSlotDenialMs = 50;
/** The first lease of an end user is for so many requests: they come in bursts. */
const endUserBurst = 10;
/** Until quota that a denied request gives back can be acquired by any isolate: its lease ends, and Redis receives it. */
const quotaReturnMs = leaseSeconds * 1000 + 1_500;

/**
 * One request on its way through its limits. It reserves all that it needs from the leases of its isolate, or nothing. `Admission` calls
 * it in this order: `reserveFromLeases` until `shortfalls` is empty, with acquisitions from Redis in between, then `begin` and at the end
 * `settle`. A request that is not admitted gets `release` instead. No method waits, so no other request of the isolate sees a half.
 */
export class AdmissionAttempt {
  readonly #leases: TenantLeases;
  readonly #requestId: string;
  readonly #maxUsage: MaxUsage;
  #requirements: readonly Requirement[] = [];
  readonly #startedAtMs: number;
  readonly #now: () => number;
  readonly #day: string;
  readonly #tenantId: string;
  /** Undefined if no limit counts the end user. */
  #subject: string | undefined;
  #budgetKeys: readonly string[] = [];
  readonly #maxCostNanoUsd: number;
  readonly #reductionHint: string | undefined;
  #holdParts: HoldPart[] = [];

  /** Throws `budget_exceeded` for a request of unknown price if a budget counts it. */
  constructor(
    request: Pick<AdmissionRequest, 'requestId' | 'tenantId' | 'startedAtMs' | 'reductionHint'>,
    maxUsage: MaxUsage,
    rules: readonly LimitRule[],
    leases: TenantLeases,
    now: () => number,
  ) {
    const { tenantId, startedAtMs } = request;
    this.#tenantId = tenantId;
    this.#maxUsage = maxUsage;
    this.#leases = leases;
    this.#requestId = request.requestId;
    this.#reductionHint = request.reductionHint;
    this.#now = now;
    this.#startedAtMs = startedAtMs;
    this.#day = dayOf(startedAtMs);
    if (maxUsage.costNanoUsd === null && rules.some(isBudget)) {
      throw new GatewayError(
        'budget_exceeded',
        'The price of this call is not known, and the calls of this API key are counted against a budget: set a price for its model (mutation setPrice), or use another model, service tier, tool or kind of content.',
        { retryable: false },
      );
    }
    this.#maxCostNanoUsd = Number(maxUsage.costNanoUsd ?? 0n);
    this.#setRules(rules);
  }

  #setRules(rules: readonly LimitRule[]): void {
    const { tokens, visibleTokens = tokens } = this.#maxUsage;
    this.#subject = rules.find(({ endUser }) => endUser)?.endUser?.subject;
    this.#budgetKeys = rules.filter(isBudget).map((rule) => counterKey(this.#tenantId, rule, this.#day));
    this.#requirements = rules.map((rule) => {
      const state = this.#leases.getState(rule);
      // Input that only the provider sees takes the whole rate at most, not more than it ever has.
      const maxTokens = Math.max(visibleTokens, Math.min(tokens, rule.limit));
      const requested = rule.kind === 'tokens' ? maxTokens : isBudget(rule) ? this.#maxCostNanoUsd : 1;
      const recent = state.updateForecast(requested, this.#startedAtMs);
      const isBurst = rule.endUser && rule.kind !== 'concurrency';
      const forecast = isBurst ? Math.max(recent, endUserBurst * requested) : recent;
      return { rule, requested, state, forecast, parts: [], slotLeaseId: undefined, endCall: undefined };
    });
  }

  /** Moves the request to the counters that its end user shares with others, if Redis has said so. It must not have begun. */
  #shareEndUser(): void {
    if (this.#subject === undefined || !this.#leases.isShared(this.#subject, this.#now())) return;
    this.release();
    this.#setRules(this.#requirements.map(({ rule }) => shareCounters(rule)));
  }

  /** Returns which requests wait for the same acquisition: those of the key, or of its end user if it lacks quota of its own. */
  nameAcquisition(keyId: string, leaseRequests: readonly LeaseRequest[]): string {
    return leaseRequests.some(({ rule }) => rule.endUser) ? `${keyId} ${this.#subject}` : keyId;
  }

  /** Returns what the request needs of each limit, in the unit of the limit. */
  requirements(): readonly { readonly rule: LimitRule; readonly requested: number }[] {
    return this.#requirements;
  }

  /** Whether a budget counts the request. Such a request is never admitted without Redis. */
  get hasBudget(): boolean {
    return this.#budgetKeys.length > 0;
  }

  /** Whether a limit counts the end user of the request. */
  get hasEndUser(): boolean {
    return this.#subject !== undefined;
  }

  /**
   * Throws the error of a recent denial if it covers one of the lease requests, and what is known of the others is enough to say
   * when the request can be admitted.
   */
  throwIfRecentlyDenied(leaseRequests: readonly LeaseRequest[]): void {
    const nowMs = this.#now();
    let last: DeniedLease | undefined;
    for (const leaseRequest of leaseRequests) {
      const { rule, shortfall } = leaseRequest;
      const requirement = this.#requirements.find((one) => one.rule === rule);
      const { denial, room } = requirement?.state ?? {};
      // More of a rate frees later than Redis has said.
      const isCovered =
        denial && (rule.kind === 'tokens' ? shortfall === denial.shortfall : shortfall >= denial.shortfall);
      if (isCovered && this.#startedAtMs < denial.untilMs) {
        const { free, freesAtMs, isHeldByOthers } = denial;
        const freesInMs = freesAtMs - nowMs;
        if (!last || freesInMs > (last.freesInMs ?? 0))
          last = { leaseRequest, requirement, free, freesInMs, isHeldByOthers };
        continue;
      }
      // Clients invent end users: each would ask Redis once more although the key is denied.
      const isUnknownEndUser = rule.endUser && !room;
      if (isUnknownEndUser) continue;
      if (!room || shortfall > room.free || this.#startedAtMs >= room.untilMs) return;
    }
    if (last) throw createDenialError(last, this.#reductionHint);
  }

  /** Reserves what is still missing, as far as the leases have it. */
  reserveFromLeases(): void {
    this.#shareEndUser();
    // The current time, not that of the request's start: a lease that has expired since is not used.
    const nowMs = this.#now();
    for (const requirement of this.#requirements) {
      const { rule, state, requested } = requirement;
      if (isBudget(rule)) continue;
      if (rule.kind === 'concurrency') requirement.slotLeaseId ??= state.concurrencyLease.acquire(nowMs);
      else requirement.parts.push(...state.rateLease.consume(requested - sumAmounts(requirement.parts), nowMs));
    }
    if (this.#budgetKeys.length === 0) return;
    const missing = this.#maxCostNanoUsd - sumAmounts(this.#holdParts);
    this.#holdParts.push(...this.#leases.reserveBudget(missing, this.#day, this.#budgetKeys, nowMs));
  }

  /** Reserves what other requests have leased or returned since. Returns whether there was anything. */
  reserveMore(): boolean {
    const before = this.#totalShortfall;
    this.reserveFromLeases();
    return this.#totalShortfall < before;
  }

  get #totalShortfall(): number {
    return this.shortfalls().reduce((sum, { shortfall }) => sum + shortfall, 0);
  }

  /** Returns what has to be leased from Redis. All budgets miss the same amount, because they are charged together. */
  shortfalls(): LeaseRequest[] {
    return this.#requirements.flatMap((requirement) => {
      const { rule, forecast, state } = requirement;
      const shortfall = this.#shortfallOf(requirement);
      return shortfall > 0 ? [{ rule, shortfall, demand: shortfall + state.demand, forecast }] : [];
    });
  }

  #shortfallOf({ rule, requested, parts, slotLeaseId }: Requirement): number {
    if (isBudget(rule)) return this.#maxCostNanoUsd - sumAmounts(this.#holdParts);
    if (rule.kind === 'concurrency') return slotLeaseId === undefined ? 1 : 0;
    return requested - sumAmounts(parts);
  }

  /** Adds the shortfalls to the demand of the limits, so that the next acquisition covers them. Returns how to withdraw them. */
  registerDemand(leaseRequests: readonly LeaseRequest[]): () => void {
    const demands = leaseRequests.map(({ rule, shortfall }) => ({ state: this.#leases.getState(rule), shortfall }));
    for (const { state, shortfall } of demands) state.demand += shortfall;
    return () => {
      for (const { state, shortfall } of demands) state.demand -= shortfall;
    };
  }

  /** Returns everything that was reserved: the request is not admitted. */
  release(): void {
    for (const requirement of this.#requirements) {
      this.#leases.returnQuota(requirement.rule, requirement.parts, sumAmounts(requirement.parts));
      requirement.parts = [];
      if (requirement.slotLeaseId !== undefined) requirement.state.concurrencyLease.release(requirement.slotLeaseId);
      requirement.slotLeaseId = undefined;
    }
    for (const { hold, amount } of this.#holdParts) hold.release(amount);
    this.#holdParts = [];
  }

  /**
   * Records that Redis has denied lease requests, so that the next requests need not ask. Returns the error of the limit that
   * frees last. Must be called while the attempt still has what it has reserved.
   */
  recordDenial(leaseRequests: readonly LeaseRequest[], reply: LeaseReply): GatewayError {
    // From the reply, not from the start: the request may have waited in between.
    const nowMs = this.#now();
    const denied = leaseRequests.flatMap((leaseRequest, index) => {
      const limit = reply.limits[index];
      if (!limit) return [];
      if (index !== reply.index && limit.freeAmount >= leaseRequest.shortfall) {
        this.#leases.getState(leaseRequest.rule).room = { free: limit.freeAmount, untilMs: nowMs + maxDenialMs };
        return [];
      }
      return [this.#createDeniedLease(leaseRequest, limit, { nowMs, redisNowMs: reply.nowMs })];
    });
    for (const { leaseRequest, requirement, free, freesInMs, isHeldByOthers } of denied) {
      if (!requirement || freesInMs === undefined) continue;
      const maxMs = leaseRequest.rule.kind === 'concurrency' ? maxSlotDenialMs : maxDenialMs;
      const [untilMs, freesAtMs] = [nowMs + Math.min(freesInMs, maxMs), nowMs + freesInMs];
      requirement.state.denial = { shortfall: leaseRequest.shortfall, untilMs, free, freesAtMs, isHeldByOthers };
    }
    // A request that is larger than its limit is never admitted.
    const waitMs = ({ freesInMs = Number.MAX_VALUE }: DeniedLease) => freesInMs;
    const last = denied.toSorted((left, right) => waitMs(right) - waitMs(left))[0];
    return last ? createDenialError(last, this.#reductionHint) : new GatewayError('internal');
  }

  #createDeniedLease(
    leaseRequest: LeaseRequest,
    { freeAmount: free, freesAtMs }: LeasedLimit,
    { nowMs, redisNowMs }: { readonly nowMs: number; readonly redisNowMs: number },
  ): DeniedLease {
    const { rule } = leaseRequest;
    const requirement = this.#requirements.find((one) => one.rule === rule);
    const isHeldByOthers = isBudget(rule) && freesAtMs >= 0;
    const replyFreesInMs = freesAtMs < 0 ? undefined : Math.max(0, freesAtMs - redisNowMs);
    let freesInMs = replyFreesInMs;
    if (isBudget(rule)) freesInMs ??= Math.max(0, getPeriodEndMs(rule, this.#startedAtMs) - nowMs);
    else if (rule.kind === 'concurrency' && replyFreesInMs !== undefined) {
      // Redis knows only when a slot frees whose isolate has died.
      freesInMs = Math.min(requirement?.state.slotDurations.freesInMs(nowMs) ?? replyFreesInMs, replyFreesInMs);
    } else if (replyFreesInMs !== undefined && requirement && requirement.parts.length > 0) {
      freesInMs = Math.max(replyFreesInMs, quotaReturnMs);
    }
    return { leaseRequest, requirement, free, freesInMs, isHeldByOthers };
  }

  /** Records that the request is admitted and begins. */
  begin(): void {
    for (const requirement of this.#requirements) {
      if (requirement.slotLeaseId !== undefined)
        requirement.endCall = requirement.state.slotDurations.start(this.#startedAtMs);
    }
  }

  /** Replaces the reservation by the actual usage, and frees the slots. Must be called once, and only after `begin`. */
  settle({ tokens, costNanoUsd }: ActualUsage): void {
    for (const { rule, requested, state, parts, slotLeaseId, endCall } of this.#requirements) {
      if (slotLeaseId !== undefined) state.concurrencyLease.release(slotLeaseId);
      endCall?.(this.#now());
      if (rule.kind === 'tokens') {
        const surplus = requested - tokens;
        if (surplus > 0) this.#leases.returnQuota(rule, parts, surplus);
        else if (surplus < 0) this.#leases.chargeOverage(rule, parts, -surplus);
      }
    }
    let remainingCost = Number(costNanoUsd);
    const request = { requestId: this.#requestId, second: Math.floor(this.#startedAtMs / 1000) };
    for (const [index, { hold, amount }] of this.#holdParts.entries()) {
      // A cost beyond the whole reservation is charged with the last part.
      const cost = index === this.#holdParts.length - 1 ? remainingCost : Math.min(remainingCost, amount);
      hold.settle(amount, { ...request, costNanoUsd: cost });
      remainingCost -= cost;
    }
  }

  /** Returns the status of the request and token rates, for the headers of the response. They have no fields for other limits. */
  status(): LimitStatus[] {
    return this.#requirements.flatMap(({ rule, state }) => {
      if (rule.kind !== 'requests' && rule.kind !== 'tokens') return [];
      const { free, freesInMs } = state.snapshot ?? { free: rule.limit, freesInMs: undefined };
      const remaining = Math.max(0, Math.min(rule.limit, free + state.rateLease.remaining(this.#startedAtMs)));
      return [{ rule, remaining, resetMs: freesInMs ?? 60_000 }];
    });
  }
}

/** Names what the whole request needs, not only what was missing from the leases. */
function createDenialError(
  { leaseRequest, requirement, ...denied }: DeniedLease,
  reductionHint: string | undefined,
): GatewayError {
  const { rule, shortfall } = leaseRequest;
  return limitExceededError({ rule, requested: requirement?.requested ?? shortfall, ...denied, reductionHint });
}

function sumAmounts(parts: readonly { readonly amount: number }[]): number {
  return parts.reduce((sum, { amount }) => sum + amount, 0);
}

/** Returns when the day or month of a budget ends, UTC. */
function getPeriodEndMs({ kind }: LimitRule, nowMs: number): number {
  const now = new Date(nowMs);
  return kind === 'daily_budget'
    ? Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1)
    : Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
}
