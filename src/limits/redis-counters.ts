import type { Redis } from '@upstash/redis/cloudflare';
import type { LimitRule } from '../domain/limits.ts';
import { withLagTolerantTimeout } from '../lib/with-lag-tolerant-timeout.ts';
import { Breaker } from './breaker.ts';
import { isBudget } from './limit-rules.ts';
import { acquireScript, keepSlotsScript, returnQuotaScript, seedScript, settleScript } from './redis-scripts.ts';

/** What a call needs of one limit. */
export interface LeaseRequest {
  readonly rule: LimitRule;
  readonly need: number;
  /** What all calls of this isolate that wait for it need, this one included. */
  readonly demand: number;
  /** What is likely to be needed while a lease lives. */
  readonly want: number;
}

export interface LeaseAcquisition {
  /** Names the slots and the hold that come of it. */
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  /** The day, UTC, that the money is of: `2026-11-24`. */
  readonly day: string;
  readonly asks: readonly LeaseRequest[];
}

export interface LeasedLimit {
  readonly granted: number;
  /** What is free after the draw. */
  readonly free: number;
  /** When as much as was needed may be free, on Redis's clock; -1: never, nobody knows, or when a budget's period ends. */
  readonly freesAtMs: number;
}

/** For whom and of what a budget gets its number. */
export interface BudgetSeed extends Pick<LeaseAcquisition, 'tenantId' | 'keyId' | 'day'> {
  /** What has been charged in its period, by the ledger, in nano-dollars. */
  readonly charged: bigint;
}

const dayLifeSeconds = 3 * 86_400;
const monthLifeSeconds = 40 * 86_400;

/** `unknown`: the budget at `index` has no number yet. */
export interface LeaseReply {
  readonly outcome: 'ok' | 'refused' | 'unknown';
  /** The limit that decided. */
  readonly index: number;
  /** Redis's clock. */
  readonly nowMs: number;
  readonly limits: readonly LeasedLimit[];
}

/** A change that is told to Redis behind the reply. */
export type CounterChange =
  | { readonly type: 'give_back'; readonly key: string; readonly second: number; readonly amount: number }
  | { readonly type: 'keep_slots'; readonly key: string; readonly leaseId: string; readonly slots: number }
  | {
      readonly type: 'settle';
      readonly tenantId: string;
      readonly holdId: string;
      readonly version: number;
      readonly held: number;
      readonly spent: number;
      readonly budgetKeys: readonly string[];
    };

/**
 * The counters of all limits, in Redis. Each call is one round trip, which nobody waits for longer than `timeoutMs`, or
 * twice that where all was well before. The time in which this isolate was busy itself is not held against Redis.
 */
export class RedisCounters {
  readonly #redis: Redis;
  readonly #timeoutMs: number;
  readonly #breaker: Breaker;

  constructor(redis: Redis, { timeoutMs, now }: { readonly timeoutMs: number; readonly now: () => number }) {
    this.#redis = redis;
    this.#timeoutMs = timeoutMs;
    this.#breaker = new Breaker(now);
  }

  /**
   * Draws from all limits or from none. Rejects where Redis does not answer in time, or has not for a while; an answer that
   * comes after that goes to `late`.
   */
  async acquire(draw: LeaseAcquisition, late: (answer: Promise<LeaseReply>) => void): Promise<LeaseReply> {
    return await this.#call(() => this.#sendDraw(draw), late);
  }

  async #sendDraw({ id, tenantId, keyId, day, asks }: LeaseAcquisition): Promise<LeaseReply> {
    const keys = [...asks.map(({ rule }) => counterKey(tenantId, rule, day)), holdsKey(tenantId)];
    const values = asks.flatMap(({ rule, need, demand, want }) => [kindOf(rule), rule.limit, need, demand, want]);
    const reply = await this.#redis.eval<unknown[], string>(acquireScript, keys, [id, keyId, day, ...values]);
    const [outcome, index, nowMs, ...rest] = reply.split(' ');
    const limits = asks.map((_, index) => {
      const [granted, free, freesAtMs] = rest.slice(index * 3).map(Number);
      return { granted: granted ?? 0, free: free ?? 0, freesAtMs: freesAtMs ?? -1 };
    });
    return { outcome: outcome as LeaseReply['outcome'], index: Number(index) - 1, nowMs: Number(nowMs), limits };
  }

  /** Tells Redis of changes, in one round trip. Gives for each whether it was taken; rejects where none may have been. */
  async applyChanges(changes: readonly CounterChange[]): Promise<boolean[]> {
    const pipeline = this.#redis.pipeline();
    for (const change of changes) {
      if (change.type === 'give_back') pipeline.eval(returnQuotaScript, [change.key], [change.second, change.amount]);
      else if (change.type === 'keep_slots')
        pipeline.eval(keepSlotsScript, [change.key], [change.leaseId, change.slots]);
      else {
        const { tenantId, holdId, version, held, spent, budgetKeys } = change;
        pipeline.eval(settleScript, [holdsKey(tenantId), ...budgetKeys], [holdId, version, held, spent]);
      }
    }
    const replies = await this.#call(() => pipeline.exec<number[]>());
    return replies.map((reply) => Number(reply) === 1);
  }

  /** Gives a budget its number, where it has none yet: what the ledger says, and what is held for calls under way. */
  async seedBudget(rule: LimitRule, { tenantId, keyId, day, charged }: BudgetSeed): Promise<void> {
    const isDaily = rule.kind === 'daily_budget';
    const letters = `${rule.scope === 'key' ? 'k' : 't'}${isDaily ? 'd' : 'm'}`;
    const keys = [counterKey(tenantId, rule, day), holdsKey(tenantId)];
    const values = [
      charged.toString(),
      isDaily ? dayLifeSeconds : monthLifeSeconds,
      letters,
      keyId,
      isDaily ? day : monthOf(day),
    ];
    await this.#call(() => this.#redis.eval(seedScript, keys, values));
  }

  #call<T>(work: () => Promise<T>, late?: (answer: Promise<T>) => void): Promise<T> {
    // One late answer is not yet a failure of Redis, and what is let in without it is not counted: it is waited for twice.
    const timeoutMs = this.#breaker.healthy ? 2 * this.#timeoutMs : this.#timeoutMs;
    return this.#breaker.run(() => {
      const answer = work();
      return withLagTolerantTimeout(timeoutMs, answer).catch((error: unknown) => {
        late?.(answer);
        throw error;
      });
    });
  }
}

/** Where a limit is counted. A tenant's keys are all in one slot of a cluster. */
export function counterKey(tenantId: string, rule: Pick<LimitRule, 'kind' | 'scopeId'>, day: string): string {
  const period = rule.kind === 'daily_budget' ? `:${day}` : rule.kind === 'monthly_budget' ? `:${monthOf(day)}` : '';
  return `limits:{${tenantId}}:${rule.scopeId}:${isBudget(rule) ? 'budget' : rule.kind}${period}`;
}

/** Where a tenant's holds are. */
export function holdsKey(tenantId: string): string {
  return `limits:{${tenantId}}:holds`;
}

function kindOf(rule: LimitRule): 'w' | 'c' | 'b' {
  if (isBudget(rule)) return 'b';
  return rule.kind === 'concurrency' ? 'c' : 'w';
}

/** The day of a time, UTC: `2026-11-24`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The month of a day: `2026-11`. */
export function monthOf(day: string): string {
  return day.slice(0, 7);
}
