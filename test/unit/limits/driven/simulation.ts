import type { Redis } from '@upstash/redis/cloudflare';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import type { RedisBackend } from '../../../../src/dev/redis-backend.ts';
import { createRedisMock } from '../../../../src/dev/redis-mock-backend.ts';
import { connectRedisServer } from '../../../../src/dev/redis-server-backend.ts';
import type { GatewayError } from '../../../../src/domain/errors.ts';
import type { LimitRule, Limits } from '../../../../src/domain/limits.ts';
import { createKeyedHash } from '../../../../src/lib/keyed-hash.ts';
import { createLogger } from '../../../../src/lib/logger.ts';
import { Admission } from '../../../../src/limits/admission.ts';
import { counterKey, dayOf, holdsKey } from '../../../../src/limits/counter-keys.ts';
import { type LedgerCharges, periodBefore } from '../../../../src/limits/ledger-charges.ts';
import { RedisCounters } from '../../../../src/limits/redis-counters.ts';
import type { Reservation } from '../../../../src/limits/types.ts';
import { cooldownScript } from '../../../../src/routing/cooldown-script.ts';
import { SharedCooldowns } from '../../../../src/routing/shared-cooldowns.ts';
import { TargetHealth } from '../../../../src/routing/target-health.ts';
import { type RedisProcess, startRedisProcess } from '../../../support/redis-process.ts';

interface Row {
  readonly requestId: string;
  readonly keyId: string;
  readonly endUser: string | undefined;
  readonly createdAtMs: number;
  readonly costNanoUsd: number;
  readonly storedAtMs: number;
}

/** What one simulated request needs. */
export interface SimulatedRequest {
  readonly limits?: Limits;
  readonly keyId?: string;
  readonly endUser?: string | undefined;
  readonly keyEndUserLimits?: Limits;
  readonly tenantEndUserLimits?: Limits;
  readonly tokens?: number;
  readonly maxCostNanoUsd?: number;
}

let tenants = 0;

/**
 * Isolates on one Redis with its scripts, and a ledger behind a queue, by a clock that is driven: nothing waits for real time.
 * Must be created under fake timers for `Date` and `setTimeout`.
 */
export class Simulation {
  readonly #backend: RedisBackend;
  #callsInProgress = 0;
  #requests = 0;
  readonly rows: Row[] = [];
  /** Each simulation has its own tenant: an isolate of an earlier one may still be at work. */
  readonly tenantId = `ten_${++tenants}`;
  /** How long a row takes from the end of its request to the ledger. */
  queueDelayMs: () => number = () => 2_500;
  /** How many scripts Redis has run. */
  scripts = 0;
  /** How often the ledger was asked for the end users of a period. */
  endUserQueries = 0;
  /** How long a round trip to Redis takes. */
  roundTripMs = 4;

  constructor(backend: RedisBackend) {
    this.#backend = backend;
    vi.stubGlobal('scheduler', { wait: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) });
  }

  /** Runs until `work` has ended. The clock goes on to the next timer whenever nothing else happens. */
  async run<T>(work: Promise<T>): Promise<T> {
    let hasEnded = false;
    const end = () => {
      hasEnded = true;
    };
    work.then(end, end);
    while (!hasEnded) {
      await this.#settle();
      if (!hasEnded) await vi.advanceTimersToNextTimerAsync();
    }
    return await work;
  }

  async wait(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  async #settle(): Promise<void> {
    for (let quietTurns = 0; quietTurns < 2; quietTurns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#callsInProgress > 0) quietTurns = -1;
    }
  }

  async command(...command: string[]): Promise<unknown> {
    this.#callsInProgress += 1;
    if (command[0] === 'EVAL') this.scripts += 1;
    const nowMs = Date.now();
    const time = `{ '${Math.floor(nowMs / 1000)}', '${(nowMs % 1000) * 1000}' }`;
    const timed = command.map((part) => part.replaceAll("redis.call('TIME')", time));
    try {
      return await this.#backend.run(timed as [string, ...string[]]);
    } finally {
      this.#callsInProgress -= 1;
    }
  }

  /** Loses all keys of Redis. */
  async flush(): Promise<void> {
    await this.command('FLUSHALL');
  }

  createIsolate(onFailure: 'local' | 'refuse' = 'refuse'): Isolate {
    return new Isolate(this, onFailure);
  }

  nextRequestId(): string {
    this.#requests += 1;
    return `req_${this.#requests}`;
  }

  readonly ledger: LedgerCharges = {
    sumCharges: async ({ rule, from, before, requestIds }) => {
      const { owner, ownerId, name, isShared } = rule.endUser ?? { owner: rule.scope, ownerId: rule.scopeId };
      const isCharged = ({ keyId, endUser, createdAtMs }: Row) =>
        (owner === 'tenant' || keyId === ownerId) &&
        (name === undefined || (isShared ? endUser !== undefined : (endUser ?? null) === name)) &&
        createdAtMs >= from.getTime() &&
        createdAtMs < before.getTime();
      const stored = this.#storedRows();
      return {
        chargedNanoUsd: BigInt(stored.filter(isCharged).reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0)),
        storedIds: stored.map(({ requestId }) => requestId).filter((id) => requestIds.includes(id)),
      };
    },
    findEndUserCharges: async ({ endUser: { owner, ownerId }, from, before }) => {
      this.endUserQueries += 1;
      const rows = this.#storedRows().filter(
        ({ keyId, createdAtMs }) =>
          (owner === 'tenant' || keyId === ownerId) && createdAtMs >= from.getTime() && createdAtMs < before.getTime(),
      );
      return { hasAny: rows.length > 0, hasEndUser: rows.some(({ endUser }) => endUser !== undefined) };
    },
    findStored: async (requestIds) =>
      this.#storedRows()
        .map(({ requestId }) => requestId)
        .filter((id) => requestIds.includes(id)),
  };

  #storedRows(): Row[] {
    return this.rows.filter(({ storedAtMs }) => storedAtMs <= Date.now());
  }

  /** Returns what the counter of a budget has, and what it should have: the ledger and the holds. */
  async compareBudget(rule: LimitRule, day: string): Promise<{ counter: number; ledger: number; onHold: number }> {
    const key = counterKey(this.tenantId, rule, day);
    const counters = this.createIsolate().counters;
    const [cutSecond] = await this.run(counters.readCuts([key]));
    if (cutSecond) {
      const bounds = periodBefore(rule, day, cutSecond);
      const { chargedNanoUsd } = await this.ledger.sumCharges({
        rule,
        tenantId: this.tenantId,
        ...bounds,
        requestIds: [],
      });
      await this.run(counters.countLateRows([{ budgetKey: key, cutSecond, chargedNanoUsd }]));
    }
    const counter = Number(await this.command('GET', key));
    const holds = (await this.command('HVALS', holdsKey(this.tenantId))) as string[];
    const isCharged = (record: string) => !rule.endUser || record.endsWith(`,${rule.endUser.subject}`);
    const onHold = holds.filter(isCharged).reduce((sum, record) => sum + Number(record.split('|')[0]), 0);
    const isOwn = ({ endUser }: Row) => !rule.endUser || endUser === (rule.endUser.name ?? undefined);
    const ledger = this.#storedRows()
      .filter(isOwn)
      .reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
    return { counter, ledger, onHold };
  }
}

interface Admitted {
  readonly end: (costNanoUsd?: number) => void;
}

interface Refused {
  readonly error: GatewayError;
}

/** One isolate. After a crash it does nothing any more. */
export class Isolate {
  readonly #simulation: Simulation;
  readonly #admission: Admission;
  readonly counters: RedisCounters;
  readonly redis: Redis;
  readonly health: TargetHealth;
  /** The number of round trips to Redis, and how many of them had cooldowns with them. */
  roundTrips = 0;
  cooldownExchanges = 0;
  #hasCrashed = false;

  constructor(simulation: Simulation, onFailure: 'local' | 'refuse') {
    this.#simulation = simulation;
    const hash = createKeyedHash('secret', 'test');
    const cooldowns = new SharedCooldowns({ hash, now: Date.now });
    this.health = new TargetHealth(Date.now, cooldowns);
    this.redis = this.#createRedis();
    this.counters = new RedisCounters(this.redis, {
      timeoutMs: 150,
      now: Date.now,
      createAttachment: () => cooldowns.createScript(),
    });
    this.#admission = new Admission({
      counters: this.counters,
      ledger: simulation.ledger,
      onFailure,
      logger: createLogger('error', () => undefined),
      now: Date.now,
    });
  }

  crash(): void {
    this.#hasCrashed = true;
  }

  get hasCrashed(): boolean {
    return this.#hasCrashed;
  }

  /** Admits a request. Returns how to end it, or the error. */
  async admit({
    limits = {},
    keyId = 'key_1',
    tokens = 1,
    maxCostNanoUsd = 0,
    endUser,
    ...endUserLimits
  }: SimulatedRequest): Promise<Admitted | Refused> {
    const requestId = this.#simulation.nextRequestId();
    const startedAtMs = Date.now();
    let reservation: Reservation;
    try {
      reservation = await this.#admission.admit({
        requestId,
        tenantId: this.#simulation.tenantId,
        keyId,
        keyLimits: limits,
        tenantLimits: {},
        endUser,
        ...endUserLimits,
        startedAtMs,
        estimate: () => ({ tokens, costNanoUsd: BigInt(maxCostNanoUsd) }),
        waitUntil: (work) => void work.catch(() => undefined),
      });
    } catch (error) {
      return { error: error as GatewayError };
    }
    const end = (costNanoUsd = 0) => {
      if (this.#hasCrashed) return;
      reservation.settle({ tokens, costNanoUsd: BigInt(costNanoUsd) });
      const storedAtMs = Date.now() + this.#simulation.queueDelayMs();
      this.#simulation.rows.push({ requestId, keyId, endUser, createdAtMs: startedAtMs, costNanoUsd, storedAtMs });
    };
    return { end };
  }

  #createRedis(): Redis {
    type Call = [script: string, keys: readonly string[], args: readonly unknown[]];
    const run = async ([script, keys, args]: Call) => {
      if (script === cooldownScript) this.cooldownExchanges += 1;
      return await this.#simulation.command('EVAL', script, String(keys.length), ...keys, ...args.map(String));
    };
    const travel = async <T>(work: () => Promise<T>): Promise<T> => {
      this.roundTrips += 1;
      await this.#travel();
      const replies = await work();
      await this.#travel();
      return replies;
    };
    const evaluate = (...call: Call) => travel(() => run(call));
    const pipeline = () => {
      const calls: Call[] = [];
      const runCalls = async () => {
        const outcomes: { result?: unknown; error?: string }[] = [];
        for (const call of calls)
          outcomes.push(
            await run(call).then(
              (result) => ({ result }),
              (error: Error) => ({ error: error.message }),
            ),
          );
        return outcomes;
      };
      return { eval: (...call: Call) => void calls.push(call), exec: () => travel(runCalls) };
    };
    return { eval: evaluate, pipeline } as unknown as Redis;
  }

  async #travel(): Promise<void> {
    await this.#simulation.wait(this.#simulation.roundTripMs / 2);
    if (this.#hasCrashed) await new Promise(() => undefined);
  }
}

/** Whether `npm run test:limits` runs, which takes its time. */
export const isFullLoad = process.env.LIMITS_AT_FULL_LOAD === '1';

/** Drives the clock of each test of a file, and starts a Redis for them. Returns how to get it. */
export function installDrivenClock(startMs: number): () => RedisBackend {
  let redisProcess: RedisProcess | undefined;
  let redis: RedisBackend | undefined;
  beforeAll(async () => {
    redisProcess = await startRedisProcess();
    redis = redisProcess ? await connectRedisServer(redisProcess.url) : createRedisMock();
  });
  afterAll(async () => {
    await redis?.close();
    await redisProcess?.stop();
  });
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: startMs }));
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  return () => {
    if (!redis) throw new Error('Redis has not started');
    return redis;
  };
}

/** Returns the day of the driven clock. */
export const today = () => dayOf(Date.now());
