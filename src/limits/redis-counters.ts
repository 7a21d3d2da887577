import type { Redis } from '@upstash/redis/cloudflare';
import type { LimitRule } from '../domain/limits.ts';
import { withLagTolerantTimeout } from '../lib/with-lag-tolerant-timeout.ts';
import { Breaker } from './breaker.ts';
import { isBudget } from './limit-rules.ts';
import { acquireScript, returnQuotaScript, seedScript, setSlotsScript, settleScript } from './redis-scripts.ts';

/** What a request needs to lease of one limit, in the unit of the limit. */
export interface LeaseRequest {
  readonly rule: LimitRule;
  /** What the request is missing. */
  readonly shortfall: number;
  /** What all requests of this isolate that wait for the limit are missing, this one included. */
  readonly demand: number;
  /** What this isolate is likely to use while a lease lasts. */
  readonly forecast: number;
}

/** A lease of several limits that is acquired in one round trip. */
export interface LeaseAcquisition {
  /** `lease_…`, which names the slots and the hold in Redis. */
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  /** The day to which the money is charged, UTC: `2026-11-24`. */
  readonly day: string;
  readonly requests: readonly LeaseRequest[];
}

/** What Redis has leased of one limit, in the unit of the limit. */
export interface LeasedLimit {
  /** 0 unless the outcome is `ok`. */
  readonly grantedAmount: number;
  /** What is free after the acquisition. */
  readonly freeAmount: number;
  /** When the shortfall may be free, on the clock of Redis. -1: never, unknown, or when the period of a budget ends. */
  readonly freesAtMs: number;
}

/** The owner, the day and the amount of a budget counter that has to be created. */
export interface BudgetSeed extends Pick<LeaseAcquisition, 'tenantId' | 'keyId' | 'day'> {
  /** What the ledger has charged in the period, in nano-dollars. */
  readonly chargedNanoUsd: bigint;
}

const dailyCounterTtlSeconds = 3 * 86_400;
const monthlyCounterTtlSeconds = 40 * 86_400;

/** The reply of Redis to an acquisition. */
export interface LeaseReply {
  /** `refused`: the limit at `index` has too little. `unknown`: the budget at `index` has no counter yet. */
  readonly outcome: 'ok' | 'refused' | 'unknown';
  /** The index of the lease request that decided; -1 if the outcome is `ok`. */
  readonly index: number;
  /** The clock of Redis. */
  readonly nowMs: number;
  /** In the order of the lease requests. */
  readonly limits: readonly LeasedLimit[];
}

/** A change that is sent to Redis in the background. Amounts are in the unit of the limit. */
export type CounterChange =
  | { readonly type: 'return_quota'; readonly key: string; readonly second: number; readonly amount: number }
  | { readonly type: 'set_slots'; readonly key: string; readonly leaseId: string; readonly slots: number }
  | {
      readonly type: 'settle';
      readonly tenantId: string;
      readonly holdId: string;
      readonly version: number;
      /** What remains on hold. */
      readonly reservedNanoUsd: number;
      readonly costNanoUsd: number;
      readonly budgetKeys: readonly string[];
    };

interface RedisCountersOptions {
  /** How long a call waits if the call before has failed. */
  readonly timeoutMs: number;
  readonly now: () => number;
}

interface AcquisitionCallbacks {
  /** Receives the reply that is still expected after a timeout. */
  readonly onLateReply?: (reply: Promise<LeaseReply>) => void;
  /** Called while the acquisition waits, and whether Redis is late. */
  readonly onWait?: (isLate: boolean) => void;
}

/** How many times longer a call waits for a Redis that has answered the call before. */
const healthyPatience = 10;
/** After how many time-outs Redis is late. */
const lateAfter = 2;
/** How much longer calls wait while this isolate is busy, after a success and after a failure. */
const maxBusyMs = { healthy: 10_000, failed: 1_000 };

/**
 * The counters of all limits in Redis. Each method makes one round trip and rejects after `timeoutMs`, or after ten times that
 * if the call before succeeded: a late answer on a busy machine is not a failure of Redis. Time in which this isolate itself was
 * busy does not count, and neither does time in which Redis answers other calls.
 */
export class RedisCounters {
  readonly #redis: Redis;
  readonly #timeoutMs: number;
  readonly #breaker: Breaker;
  #answeredAtMs = Number.NEGATIVE_INFINITY;

  constructor(redis: Redis, { timeoutMs, now }: RedisCountersOptions) {
    this.#redis = redis;
    this.#timeoutMs = timeoutMs;
    this.#breaker = new Breaker(now);
  }

  /**
   * Acquires a lease of all limits or of none. Rejects if Redis does not answer in time, and with a BreakerOpenError if it has
   * not for a while.
   */
  async acquire(acquisition: LeaseAcquisition, callbacks: AcquisitionCallbacks = {}): Promise<LeaseReply> {
    return await this.#call(() => this.#sendAcquisition(acquisition), callbacks);
  }

  async #sendAcquisition({ id, tenantId, keyId, day, requests }: LeaseAcquisition): Promise<LeaseReply> {
    const keys = [...requests.map(({ rule }) => counterKey(tenantId, rule, day)), holdsKey(tenantId)];
    const values = requests.flatMap(({ rule, shortfall, demand, forecast }) => [
      counterType(rule),
      rule.limit,
      shortfall,
      demand,
      forecast,
    ]);
    const reply = await this.#redis.eval<unknown[], string>(acquireScript, keys, [id, keyId, day, ...values]);
    const [outcome, index, nowMs, ...amounts] = reply.split(' ');
    const limits = requests.map((_, index) => {
      const [grantedAmount, freeAmount, freesAtMs] = amounts.slice(index * 3).map(Number);
      return { grantedAmount: grantedAmount ?? 0, freeAmount: freeAmount ?? 0, freesAtMs: freesAtMs ?? -1 };
    });
    return { outcome: outcome as LeaseReply['outcome'], index: Number(index) - 1, nowMs: Number(nowMs), limits };
  }

  /**
   * Sends changes to Redis. Returns for each whether Redis applied it: a settlement that was applied before is not. Rejects if
   * Redis does not answer, and then may have applied some.
   */
  async applyChanges(changes: readonly CounterChange[]): Promise<boolean[]> {
    const pipeline = this.#redis.pipeline();
    for (const change of changes) {
      if (change.type === 'return_quota')
        pipeline.eval(returnQuotaScript, [change.key], [change.second, change.amount]);
      else if (change.type === 'set_slots') pipeline.eval(setSlotsScript, [change.key], [change.leaseId, change.slots]);
      else {
        const { tenantId, holdId, version, reservedNanoUsd, costNanoUsd, budgetKeys } = change;
        const values = [holdId, version, reservedNanoUsd, costNanoUsd];
        pipeline.eval(settleScript, [holdsKey(tenantId), ...budgetKeys], values);
      }
    }
    const replies = await this.#call(() => pipeline.exec<number[]>());
    return replies.map((reply) => Number(reply) === 1);
  }

  /** Creates the counter of a budget unless it exists: what the ledger has charged and what is on hold. */
  async seedBudget(rule: LimitRule, { tenantId, keyId, day, chargedNanoUsd }: BudgetSeed): Promise<void> {
    const isDaily = rule.kind === 'daily_budget';
    const letters = `${rule.scope === 'key' ? 'k' : 't'}${isDaily ? 'd' : 'm'}`;
    const keys = [counterKey(tenantId, rule, day), holdsKey(tenantId)];
    const values = [
      chargedNanoUsd.toString(),
      isDaily ? dailyCounterTtlSeconds : monthlyCounterTtlSeconds,
      letters,
      keyId,
      isDaily ? day : monthOf(day),
    ];
    await this.#call(() => this.#redis.eval(seedScript, keys, values));
  }

  #call<T>(
    work: () => Promise<T>,
    callbacks: { readonly onLateReply?: (reply: Promise<T>) => void; readonly onWait?: (isLate: boolean) => void } = {},
  ): Promise<T> {
    const { onLateReply, onWait } = callbacks;
    const { isHealthy } = this.#breaker;
    const timeout = {
      timeoutMs: isHealthy ? healthyPatience * this.#timeoutMs : this.#timeoutMs,
      maxBusyMs: isHealthy ? maxBusyMs.healthy : maxBusyMs.failed,
      hasAnsweredSince: (sinceMs: number) => this.#answeredAtMs >= sinceMs,
      onWait: (countedMs: number) => onWait?.(countedMs >= lateAfter * this.#timeoutMs),
    };
    return this.#breaker.run(async () => {
      const reply = work();
      try {
        const result = await withLagTolerantTimeout(timeout, reply);
        this.#answeredAtMs = Date.now();
        return result;
      } catch (error) {
        onLateReply?.(reply);
        throw error;
      }
    });
  }
}

/**
 * Returns the Redis key of a counter. All keys of a tenant are in one hash slot of a cluster. `day` selects the period of a
 * budget and is not used for other limits.
 */
export function counterKey(tenantId: string, rule: Pick<LimitRule, 'kind' | 'scopeId'>, day: string): string {
  const period = rule.kind === 'daily_budget' ? `:${day}` : rule.kind === 'monthly_budget' ? `:${monthOf(day)}` : '';
  return `limits:{${tenantId}}:${rule.scopeId}:${isBudget(rule) ? 'budget' : rule.kind}${period}`;
}

/** Returns the Redis key of the holds of a tenant. */
export function holdsKey(tenantId: string): string {
  return `limits:{${tenantId}}:holds`;
}

/** Returns the letter by which the scripts know a kind of limit. */
function counterType(rule: LimitRule): 'w' | 'c' | 'b' {
  if (isBudget(rule)) return 'b';
  return rule.kind === 'concurrency' ? 'c' : 'w';
}

/** Returns the day of a time in milliseconds, UTC: `2026-11-24`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Returns the month of a day: `2026-11`. */
export function monthOf(day: string): string {
  return day.slice(0, 7);
}
