import { beforeEach, describe, expect, it } from 'vitest';
import type { LimitKind } from '../../../src/domain/limits.ts';
import type { AdmissionAttempt } from '../../../src/limits/admission-attempt.ts';
import { BudgetHold } from '../../../src/limits/budget-hold.ts';
import { TenantLeases } from '../../../src/limits/tenant-leases.ts';
import { createAttempt } from './create-attempt.ts';
import { holdOwner } from './create-hold.ts';

const startedAtMs = Date.parse('2026-11-25T12:00:00Z');
const expiresAtMs = startedAtMs + 2_000;
const dailyKey = 'limits:{ten_1}:key_1:budget:2026-11-25';

let nowMs: number;
let leases: TenantLeases;
let context: Parameters<typeof createAttempt>[0];

beforeEach(() => {
  nowMs = startedAtMs;
  leases = new TenantLeases('ten_1');
  context = { leases, now: () => nowMs };
});

const stateOf = (kind: LimitKind) => leases.getState({ kind, scope: 'key', scopeId: 'key_1', limit: 0 });
const addQuota = (kind: LimitKind, amount: number, second = 100) =>
  stateOf(kind).rateLease.add(second, amount, expiresAtMs);
const addSlots = (slots: number) =>
  stateOf('concurrency').concurrencyLease.add('lease_1', slots, { expiresAtMs, nowMs: startedAtMs });

function addHold(amountNanoUsd: number, budgetKeys = [dailyKey]): BudgetHold {
  const hold = new BudgetHold({
    ...holdOwner,
    id: 'lease_1',
    budgetKeys,
    amountNanoUsd,
    expiresAtMs,
  });
  leases.addHold(hold);
  return hold;
}

const shortfallsOf = (attempt: AdmissionAttempt) =>
  attempt.shortfalls().map(({ rule, shortfall }) => [rule.kind, shortfall]);

describe('the requirements', () => {
  it('are one request, one slot, the estimated tokens and the estimated cost', () => {
    const attempt = createAttempt(context, {
      requestsPerMinute: 5,
      tokensPerMinute: 50,
      concurrency: 2,
      dailyBudgetNanoUsd: 500n,
      monthlyBudgetNanoUsd: 900n,
    });
    expect(attempt.requirements().map(({ rule, requested }) => [rule.kind, requested])).toEqual([
      ['requests', 1],
      ['tokens', 10],
      ['concurrency', 1],
      ['daily_budget', 100],
      ['monthly_budget', 100],
    ]);
  });

  it('are the whole token rate at most for input that only the provider sees', () => {
    const tokensOf = (visibleTokens: number, tokensPerMinute: number) =>
      createAttempt(context, { tokensPerMinute }, { maxUsage: { tokens: 1_000_000, visibleTokens, costNanoUsd: 0n } })
        .requirements()
        .map(({ requested }) => requested);
    expect(tokensOf(10, 5_000)).toEqual([5_000]);
    expect(tokensOf(6_000, 5_000)).toEqual([6_000]);
    expect(tokensOf(10, 2_000_000)).toEqual([1_000_000]);
  });

  it('cannot be met without a price under a budget', () => {
    const maxUsage = { tokens: 10, costNanoUsd: null };
    expect(() => createAttempt(context, { dailyBudgetNanoUsd: 500n }, { maxUsage })).toThrow(
      expect.objectContaining({ code: 'budget_exceeded', retryable: false }),
    );
    expect(() => createAttempt(context, { tokensPerMinute: 500 }, { maxUsage })).not.toThrow();
  });
});

describe('reserving', () => {
  it('misses everything if there are no leases', () => {
    const attempt = createAttempt(context, { requestsPerMinute: 5, concurrency: 2, dailyBudgetNanoUsd: 500n });
    attempt.reserveFromLeases();
    expect(shortfallsOf(attempt)).toEqual([
      ['requests', 1],
      ['concurrency', 1],
      ['daily_budget', 100],
    ]);
  });

  it('misses nothing if the leases have enough', () => {
    addQuota('tokens', 10);
    addSlots(1);
    addHold(100);
    const attempt = createAttempt(context, { tokensPerMinute: 50, concurrency: 2, dailyBudgetNanoUsd: 500n });
    attempt.reserveFromLeases();
    expect(shortfallsOf(attempt)).toEqual([]);
  });

  it('adds to what was reserved before and never reserves twice', () => {
    addQuota('tokens', 4);
    addSlots(2);
    addHold(30);
    const attempt = createAttempt(context, { tokensPerMinute: 50, concurrency: 2, dailyBudgetNanoUsd: 500n });
    attempt.reserveFromLeases();
    expect(shortfallsOf(attempt)).toEqual([
      ['tokens', 6],
      ['daily_budget', 70],
    ]);
    addQuota('tokens', 100, 101);
    const second = addHold(100);
    attempt.reserveFromLeases();
    expect(shortfallsOf(attempt)).toEqual([]);
    expect(stateOf('tokens').rateLease.remaining(nowMs)).toBe(94);
    expect(second.remaining(nowMs)).toBe(30);
    expect(stateOf('concurrency').concurrencyLease.acquire(nowMs)).toBe('lease_1');
  });

  it('uses the current time and not the start of the request', () => {
    addQuota('tokens', 10);
    const attempt = createAttempt(context, { tokensPerMinute: 50 });
    nowMs = expiresAtMs;
    attempt.reserveFromLeases();
    expect(shortfallsOf(attempt)).toEqual([['tokens', 10]]);
  });

  it('says whether there was more to reserve', () => {
    const attempt = createAttempt(context, { tokensPerMinute: 50 });
    attempt.reserveFromLeases();
    expect(attempt.reserveMore()).toBe(false);
    addQuota('tokens', 3);
    expect([attempt.reserveMore(), attempt.reserveMore()]).toEqual([true, false]);
  });

  it('charges a budget on the day when the request started', () => {
    addHold(100, ['limits:{ten_1}:key_1:budget:2026-11-26']);
    const attempt = createAttempt(context, { dailyBudgetNanoUsd: 500n });
    nowMs = Date.parse('2026-11-26T00:00:01Z');
    attempt.reserveFromLeases();
    expect(shortfallsOf(attempt)).toEqual([['daily_budget', 100]]);
  });
});

describe('the demand of a limit', () => {
  it('includes the requests that wait, until they withdraw', () => {
    const limits = { tokensPerMinute: 50 };
    const [waiting, other] = [createAttempt(context, limits), createAttempt(context, limits, { tokens: 7 })];
    expect(other.shortfalls()).toMatchObject([{ shortfall: 7, demand: 7 }]);
    const withdraw = waiting.registerDemand(waiting.shortfalls());
    expect(other.shortfalls()).toMatchObject([{ shortfall: 7, demand: 17 }]);
    withdraw();
    expect(other.shortfalls()).toMatchObject([{ shortfall: 7, demand: 7 }]);
  });

  it('comes with a forecast of recent use', () => {
    createAttempt(context, { tokensPerMinute: 50 });
    expect(createAttempt(context, { tokensPerMinute: 50 }, { tokens: 7 }).shortfalls()).toMatchObject([
      { forecast: 17 },
    ]);
  });
});

describe('a released attempt', () => {
  it('returns its quota, its slot and its money', () => {
    addQuota('tokens', 10);
    addSlots(1);
    const hold = addHold(100);
    const attempt = createAttempt(context, { tokensPerMinute: 50, concurrency: 2, dailyBudgetNanoUsd: 500n });
    attempt.reserveFromLeases();
    expect([stateOf('tokens').rateLease.remaining(nowMs), hold.remaining(nowMs)]).toEqual([0, 0]);
    attempt.release();
    attempt.release();
    expect([stateOf('tokens').rateLease.remaining(nowMs), hold.remaining(nowMs)]).toEqual([10, 100]);
    const { concurrencyLease } = stateOf('concurrency');
    expect([concurrencyLease.acquire(nowMs), concurrencyLease.acquire(nowMs)]).toEqual(['lease_1', undefined]);
  });
});

describe('a settled attempt', () => {
  const limits = { requestsPerMinute: 5, tokensPerMinute: 50, concurrency: 2, dailyBudgetNanoUsd: 500n };

  function settle(tokens: number, costNanoUsd: bigint): BudgetHold {
    addQuota('requests', 1);
    addQuota('tokens', 10);
    addSlots(1);
    const hold = addHold(150);
    const attempt = createAttempt(context, limits);
    attempt.reserveFromLeases();
    attempt.settle({ tokens, costNanoUsd });
    return hold;
  }

  it('releases its slot, and keeps its request counted', () => {
    settle(10, 100n);
    expect(stateOf('concurrency').concurrencyLease.acquire(nowMs)).toBe('lease_1');
    expect(stateOf('requests').rateLease.remaining(nowMs)).toBe(0);
  });

  it.each([
    [4, 6],
    [9, 1],
    [10, 0],
  ])('returns the tokens beyond the %i that it used', (tokens, remaining) => {
    settle(tokens, 100n);
    expect(stateOf('tokens').rateLease.remaining(nowMs)).toBe(remaining);
    expect(leases.collectChanges(nowMs).map(({ change }) => change.type)).not.toContain('return_quota');
  });

  it('charges the tokens that it used beyond its estimate', () => {
    settle(13, 100n);
    expect(stateOf('tokens').rateLease.remaining(nowMs)).toBe(0);
    const changes = leases.collectChanges(nowMs).map(({ change }) => change);
    expect(changes).toContainEqual(expect.objectContaining({ type: 'return_quota', second: 100, amount: -3 }));
  });

  it.each([
    [25n, 125],
    [100n, 50],
    [140n, 10],
  ])('charges the hold with a cost of %i', (cost, remaining) => {
    expect(settle(10, cost).remaining(nowMs)).toBe(remaining);
  });

  it.each([
    [20n, [20, 200]],
    [60n, [0, 180]],
    [130n, [0, 110]],
  ])('charges a cost of %i to its holds in order, and the excess to the last one', (cost, remaining) => {
    const holds = [addHold(40), addHold(200)];
    const attempt = createAttempt(context, { dailyBudgetNanoUsd: 500n });
    attempt.reserveFromLeases();
    attempt.settle({ tokens: 0, costNanoUsd: cost });
    expect(holds.map((hold) => hold.remaining(nowMs))).toEqual(remaining);
  });
});

describe('the status', () => {
  it('is the limit itself before anything is known, for rates only', () => {
    const attempt = createAttempt(context, { requestsPerMinute: 5, concurrency: 2, dailyBudgetNanoUsd: 500n });
    expect(attempt.status()).toMatchObject([{ rule: { kind: 'requests' }, remaining: 5, resetMs: 60_000 }]);
  });

  it('is what Redis said last plus what the isolate has leased, at most the limit', () => {
    const attempt = createAttempt(context, { tokensPerMinute: 50 });
    stateOf('tokens').snapshot = { free: 20, freesInMs: 9_000 };
    addQuota('tokens', 7);
    expect(attempt.status()).toMatchObject([{ remaining: 27, resetMs: 9_000 }]);
    addQuota('tokens', 100);
    expect(attempt.status()).toMatchObject([{ remaining: 50 }]);
    stateOf('tokens').snapshot = { free: -200, freesInMs: undefined };
    expect(attempt.status()).toMatchObject([{ remaining: 0, resetMs: 60_000 }]);
  });
});
