import type { Redis } from '@upstash/redis/cloudflare';
import type { LimitRule } from '../domain/limits.ts';
import type { AttachedScript } from '../lib/redis-script.ts';
import { withLagTolerantTimeout } from '../lib/with-lag-tolerant-timeout.ts';
import { acquireScript } from './acquire-script.ts';
import { Breaker } from './breaker.ts';
import { type CounterChange, sendChanges } from './counter-changes.ts';
import {
  budgetLetters,
  counterKey,
  endUserKeys,
  holdsKey,
  markerKey,
  monthOf,
  seedKey,
  sharedCounterKey,
  tenantStateKey,
} from './counter-keys.ts';
import { isBudget } from './limit-rules.ts';
import { budgetTtlSeconds, countLateRowsScript, markScript, readSeedsScript, seedScript } from './redis-scripts.ts';
import { runScript, runScripts } from './run-scripts.ts';

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
  /** What the ledger has charged in the period for requests before the cut, in nano-dollars. */
  readonly chargedNanoUsd: bigint;
  /** A second. If the counter was lost, requests that started before it are charged by their ledger rows. */
  readonly cutSecond: number;
  /** Whether this isolate knows that the counter existed. */
  readonly isKnown: boolean;
}

/** What the ledger has charged to a budget whose counter was lost, for requests that started before the cut. */
export interface LateRows {
  readonly budgetKey: string;
  readonly cutSecond: number;
  readonly chargedNanoUsd: bigint;
}

/** The reply of Redis to an acquisition. */
export interface LeaseReply {
  /**
   * `refused`: the limit at `index` has too little. `unknown`: the budget at `index` has no counter yet. `unmarked`: it is one of an end
   * user, and there is no marker either.
   */
  readonly outcome: 'ok' | 'refused' | 'unknown' | 'unmarked';
  /** The index of the lease request that decided; -1 if the outcome is `ok`. */
  readonly index: number;
  /** The clock of Redis. */
  readonly nowMs: number;
  /** In the order of the lease requests. */
  readonly limits: readonly LeasedLimit[];
  /** Whether the end user has no counters of its own: these are the ones that it shares with others. */
  readonly isShared?: boolean | undefined;
}

/** The marker of the budgets of a key's or a tenant's end users that has to be set. */
export interface BudgetMarker {
  readonly rule: LimitRule;
  /** What the ledger says: `0` no charges in the period, `n` none with an end user, `1` some. */
  readonly value: '0' | 'n' | '1';
  /** Whether this isolate knows that there was a marker. */
  readonly isKnown: boolean;
}

interface RedisCountersOptions {
  /** How long a call waits if the call before has failed. */
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Returns what is to travel with the next acquisition or change; undefined where nothing is. */
  readonly createAttachment?: () => AttachedScript | undefined;
}

interface AcquisitionCallbacks {
  /** Receives the reply that is still expected after a timeout. */
  readonly onLateReply?: (reply: Promise<LeaseReply>) => void;
  /** Called while the acquisition waits, and whether Redis is late. */
  readonly onWait?: (isLate: boolean) => void;
}

/** How many times longer a call waits for a Redis that has answered the call before. */
const healthyPatience = 10;
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
  readonly #createAttachment: RedisCountersOptions['createAttachment'];
  #answeredAtMs = Number.NEGATIVE_INFINITY;

  constructor(redis: Redis, { timeoutMs, now, createAttachment }: RedisCountersOptions) {
    this.#redis = redis;
    this.#createAttachment = createAttachment;
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
    const subject = requests.find(({ rule }) => rule.endUser)?.rule.endUser?.subject;
    const keys = [...requests.map(({ rule }) => counterKey(tenantId, rule, day)), holdsKey(tenantId)];
    if (subject !== undefined) keys.push(...listEndUserKeys(tenantId, day, requests));
    const values = requests.flatMap(({ rule, shortfall, demand, forecast }) => [
      counterType(rule),
      rule.limit,
      shortfall,
      demand,
      forecast,
    ]);
    if (subject !== undefined) values.push(subject);
    const script = { source: acquireScript, keys, values: [id, keyId, day, ...values] };
    const reply = await runScript(this.#redis, script, this.#createAttachment?.());
    const [outcome, index, nowMs, ...amounts] = String(reply).split(' ');
    const limits = requests.map((_, index) => {
      const [grantedAmount, freeAmount, freesAtMs] = amounts.slice(index * 3, index * 3 + 3).map(Number);
      return { grantedAmount: grantedAmount ?? 0, freeAmount: freeAmount ?? 0, freesAtMs: freesAtMs ?? -1 };
    });
    return {
      outcome: outcome as LeaseReply['outcome'],
      index: Number(index) - 1,
      nowMs: Number(nowMs),
      limits,
      isShared: amounts.at(-1) === 'other',
    };
  }

  /**
   * Sends changes to Redis, as few scripts as they need. Returns what Redis replies to each, 1 if it applied it. Rejects if Redis does
   * not answer, and then may have applied some.
   */
  async applyChanges(changes: readonly CounterChange[]): Promise<number[]> {
    return await sendChanges(changes, (scripts) =>
      this.#call(() => runScripts(this.#redis, scripts, this.#createAttachment?.())),
    );
  }

  /**
   * Creates the counter of a budget unless it exists: what the ledger has charged and what is on hold. Returns the milliseconds
   * to wait before a counter that was lost can be created, 0 if it exists.
   */
  async seedBudget(rule: LimitRule, seed: BudgetSeed): Promise<number> {
    const { tenantId, keyId, day, chargedNanoUsd, cutSecond, isKnown } = seed;
    const isDaily = rule.kind === 'daily_budget';
    const key = counterKey(tenantId, rule, day);
    const keys = [key, holdsKey(tenantId), seedKey(key), tenantStateKey(tenantId)];
    const values = [
      chargedNanoUsd.toString(),
      isDaily ? budgetTtlSeconds.daily : budgetTtlSeconds.monthly,
      budgetLetters(rule),
      keyId,
      isDaily ? day : monthOf(day),
      cutSecond,
      isKnown ? 1 : 0,
      ...(rule.endUser ? [rule.endUser.subject] : []),
    ];
    return Number(await this.#call(() => this.#redis.eval(seedScript, keys, values)));
  }

  /** Sets markers of the budgets of end users that have none. Safe to repeat. */
  async setMarkers(tenantId: string, day: string, markers: readonly BudgetMarker[]): Promise<void> {
    const keys = [tenantStateKey(tenantId), ...markers.map(({ rule }) => markerKey(tenantId, rule, day))];
    const values = markers.flatMap(({ rule, value, isKnown }) => [
      value,
      rule.kind === 'daily_budget' ? budgetTtlSeconds.daily : budgetTtlSeconds.monthly,
      isKnown ? 1 : 0,
    ]);
    await this.#call(() => this.#redis.eval(markScript, keys, values));
  }

  /**
   * Reads the cuts of budgets, in seconds: 0 if a counter was never lost, undefined if it does not exist. Requests that started
   * before the cut are charged by their ledger rows.
   */
  async readCuts(budgetKeys: readonly string[]): Promise<(number | undefined)[]> {
    const keys = [...budgetKeys, ...budgetKeys.map(seedKey)];
    const reply = await this.#call(() => this.#redis.eval<[], unknown>(readSeedsScript, keys, []));
    // The client turns a text of digits into a number.
    return String(reply)
      .split(' ')
      .map((cut) => (cut === '-' ? undefined : Number(cut)));
  }

  /** Charges budgets whose counters were lost with ledger rows that came after their counters were created. Safe to repeat. */
  async countLateRows(lateRows: readonly LateRows[]): Promise<void> {
    if (lateRows.length === 0) return;
    const pipeline = this.#redis.pipeline();
    for (const { budgetKey, cutSecond, chargedNanoUsd } of lateRows) {
      pipeline.eval(countLateRowsScript, [budgetKey, seedKey(budgetKey)], [cutSecond, chargedNanoUsd.toString()]);
    }
    await this.#call(() => pipeline.exec());
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
      onWait: (countedMs: number) => onWait?.(countedMs >= this.#timeoutMs),
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

/** Returns the keys of an acquisition that it has for the limits of an end user. */
function listEndUserKeys(tenantId: string, day: string, requests: readonly LeaseRequest[]): string[] {
  const keys = requests.flatMap(({ rule }) => {
    if (!rule.endUser) return [];
    const shared = sharedCounterKey(tenantId, rule, day);
    return isBudget(rule) ? [shared, markerKey(tenantId, rule, day)] : [shared];
  });
  return [...endUserKeys(tenantId), ...keys];
}

/** Returns the letters by which the acquire script knows a kind of limit. */
function counterType(rule: LimitRule): string {
  const letter = rule.kind === 'concurrency' ? 'c' : 'w';
  return `${isBudget(rule) ? 'b' : letter}${rule.endUser ? 'u' : ''}`;
}
