import { beforeEach, describe, expect, it } from 'vitest';
import type { LimitKind, LimitRule } from '../../../src/domain/limits.ts';
import { BudgetHold } from '../../../src/limits/budget-hold.ts';
import { LimitState } from '../../../src/limits/limit-state.ts';
import { TenantLeases } from '../../../src/limits/tenant-leases.ts';
import { createCost, holdOwner } from './create-hold.ts';

const nowMs = 1_000_000;
const expiresAtMs = nowMs + 2_000;

let leases: TenantLeases;

beforeEach(() => {
  leases = new TenantLeases('ten_1');
});

const createRule = (kind: LimitKind, scopeId = 'key_1'): LimitRule => ({ kind, scope: 'key', scopeId, limit: 100 });

function addHold({
  id = 'lease_1',
  day = '2026-11-25',
  budgetKeys = ['a', 'b'],
  amountNanoUsd = 100,
} = {}): BudgetHold {
  const hold = new BudgetHold({ ...holdOwner, id, day, budgetKeys, amountNanoUsd, expiresAtMs });
  leases.addHold(hold);
  return hold;
}

const collect = (atMs = nowMs) => leases.collectChanges(atMs).map(({ change }) => change);

describe('the forecast of a limit', () => {
  it('is the sum of uses at the same time', () => {
    const state = new LimitState();
    state.updateForecast(10, nowMs);
    expect(state.updateForecast(5, nowMs)).toBe(15);
  });

  it('decays by a factor of e while a lease lasts, and is rounded up', () => {
    const state = new LimitState();
    state.updateForecast(1_000, nowMs);
    expect(state.updateForecast(0, nowMs + 2_000)).toBe(Math.ceil(1_000 / Math.E));
  });

  it('does not grow if the clock goes back', () => {
    const state = new LimitState();
    state.updateForecast(10, nowMs);
    expect(state.updateForecast(0, nowMs - 60_000)).toBe(10);
  });
});

describe('the state of a limit', () => {
  it('is shared by rules of the same kind and owner', () => {
    expect(leases.getState(createRule('tokens'))).toBe(leases.getState({ ...createRule('tokens'), limit: 5 }));
  });

  it('is kept apart by kind and by owner', () => {
    const states = [createRule('tokens'), createRule('requests'), createRule('tokens', 'ten_1')].map((rule) =>
      leases.getState(rule),
    );
    expect(new Set(states).size).toBe(3);
  });
});

describe('a budget', () => {
  const reserve = (amount: number, { day = '2026-11-25', budgetKeys = ['a', 'b'], atMs = nowMs } = {}) =>
    leases.reserveBudget(amount, day, budgetKeys, atMs);

  it('is reserved from several holds in the order in which they were added', () => {
    const first = addHold({ amountNanoUsd: 30 });
    const second = addHold({ amountNanoUsd: 100 });
    expect(reserve(50)).toEqual([
      { hold: first, amount: 30 },
      { hold: second, amount: 20 },
    ]);
    expect([first.remaining(nowMs), second.remaining(nowMs)]).toEqual([0, 80]);
  });

  it('is reserved in part if the holds have less', () => {
    const hold = addHold({ amountNanoUsd: 30 });
    expect(reserve(50)).toEqual([{ hold, amount: 30 }]);
    expect(reserve(1)).toEqual([]);
  });

  it('is not reserved from a hold of another day, of other budgets, or that has expired', () => {
    addHold();
    expect(reserve(10, { day: '2026-11-26' })).toEqual([]);
    expect(reserve(10, { budgetKeys: ['a'] })).toEqual([]);
    expect(reserve(10, { budgetKeys: ['b', 'a'] })).toEqual([]);
    expect(reserve(10, { atMs: expiresAtMs })).toEqual([]);
  });

  it('is not reserved from a hold that is overspent', () => {
    const overspent = addHold({ amountNanoUsd: 10 });
    overspent.settle(0, createCost(25));
    const other = addHold();
    expect(reserve(20)).toEqual([{ hold: other, amount: 20 }]);
  });
});

describe('returned quota', () => {
  const rule = createRule('tokens');

  it('goes back to the parts that were consumed last', () => {
    const { rateLease } = leases.getState(rule);
    rateLease.add(100, 5, expiresAtMs);
    rateLease.add(101, 5, expiresAtMs + 1_000);
    const parts = rateLease.consume(10, nowMs);
    leases.returnQuota(rule, parts, 7);
    expect(rateLease.consume(10, nowMs)).toEqual([
      { second: 100, expiresAtMs, amount: 2 },
      { second: 101, expiresAtMs: expiresAtMs + 1_000, amount: 5 },
    ]);
  });

  it('goes on to Redis when it has expired', () => {
    const { rateLease } = leases.getState(rule);
    rateLease.add(100, 5, expiresAtMs);
    leases.returnQuota(rule, rateLease.consume(5, nowMs), 3);
    expect(collect(expiresAtMs - 1)).toEqual([]);
    const change = { type: 'return_quota', key: 'limits:{ten_1}:key_1:tokens', second: 100, amount: 3 };
    expect(collect(expiresAtMs)).toEqual([change]);
    expect([collect(expiresAtMs), leases.hasUnsettled]).toEqual([[], false]);
  });
});

describe('an overage', () => {
  const rule = createRule('tokens');

  it('is charged once, as a negative return, to the second of the last part', () => {
    leases.getState(rule).rateLease.add(100, 5, expiresAtMs);
    leases.getState(rule).rateLease.add(101, 5, expiresAtMs);
    leases.chargeOverage(rule, leases.getState(rule).rateLease.consume(10, nowMs), 4);
    expect(leases.hasUnsettled).toBe(true);
    const change = { type: 'return_quota', key: 'limits:{ten_1}:key_1:tokens', second: 101, amount: -4 };
    expect(collect()).toEqual([change]);
    expect([collect(), leases.hasUnsettled]).toEqual([[], false]);
  });

  it('is not charged if nothing was consumed', () => {
    leases.chargeOverage(rule, [], 4);
    expect([collect(), leases.hasUnsettled]).toEqual([[], false]);
  });
});

describe('slots', () => {
  it('are collected until they are confirmed', () => {
    const { concurrencyLease } = leases.getState(createRule('concurrency'));
    expect([leases.hasSlots, leases.hasUnsettled]).toEqual([false, false]);
    concurrencyLease.add('lease_1', 1, { expiresAtMs, nowMs });
    expect([leases.hasSlots, leases.hasUnsettled]).toEqual([true, true]);
    const change = { type: 'set_slots', key: 'limits:{ten_1}:key_1:concurrency', leaseId: 'lease_1', slots: 0 };
    expect(collect()).toEqual([change]);
    const [pending] = leases.collectChanges(nowMs);
    expect(pending?.change).toEqual(change);
    pending?.confirm?.(1);
    expect([collect(), leases.hasSlots]).toEqual([[], false]);
  });
});

describe('a hold', () => {
  it('is settled until it is confirmed and then dropped', () => {
    const hold = addHold();
    hold.reserve(40);
    hold.settle(40, createCost(25));
    expect(collect()).toEqual([]);
    const change = {
      type: 'settle',
      tenantId: 'ten_1',
      holdId: 'lease_1',
      budgetKeys: ['a', 'b'],
      version: 0,
      reservedNanoUsd: 0,
      costs: [createCost(25)],
      mayDefer: true,
    };
    expect(collect(expiresAtMs)).toEqual([change]);
    const [pending] = leases.collectChanges(expiresAtMs);
    expect(pending?.change).toEqual(change);
    pending?.confirm?.(1);
    expect(collect(expiresAtMs)).toEqual([]);
    expect(leases.hasUnsettled).toBe(false);
  });

  it('is unsettled while a request has reserved from it', () => {
    addHold().reserve(100);
    expect([collect(expiresAtMs), leases.hasUnsettled]).toEqual([[], true]);
  });
});
