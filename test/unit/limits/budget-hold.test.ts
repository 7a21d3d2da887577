import { expect, it } from 'vitest';
import { BudgetHold } from '../../../src/limits/budget-hold.ts';
import { holdTouchIntervalMs } from '../../../src/limits/redis-scripts.ts';

const expiresAtMs = 1_002_000;
const options = { id: 'lease_1', tenantId: 'ten_1', day: '2026-11-25', budgetKeys: ['budget'] };

const createHold = () => new BudgetHold({ ...options, amountNanoUsd: 100, expiresAtMs });

/** Prepares the next settlement and confirms it. */
function settleWithRedis(hold: BudgetHold, nowMs = expiresAtMs) {
  const settlement = hold.prepareSettlement(nowMs);
  if (settlement) hold.confirmSettlement(settlement, true, nowMs);
  return settlement;
}

it('lets requests reserve what others have neither reserved nor spent', () => {
  const hold = createHold();
  hold.reserve(60);
  expect(hold.remaining(expiresAtMs - 1)).toBe(40);
  hold.settle(60, 25);
  expect(hold.remaining(expiresAtMs - 1)).toBe(75);
});

it('has nothing to reserve from the moment when it expires', () => {
  expect([createHold().remaining(expiresAtMs - 1), createHold().remaining(expiresAtMs)]).toEqual([100, 0]);
});

it('has a negative remainder after a request cost more than the hold', () => {
  const hold = createHold();
  hold.reserve(100);
  hold.settle(100, 130);
  expect(hold.remaining(expiresAtMs - 1)).toBe(-30);
});

it('prepares no settlement while requests can reserve from it', () => {
  const hold = createHold();
  hold.reserve(60);
  hold.settle(60, 25);
  expect(hold.prepareSettlement(expiresAtMs - 1)).toBeUndefined();
  expect(hold.prepareSettlement(expiresAtMs)).toEqual({ version: 0, reservedNanoUsd: 0, costNanoUsd: 25 });
});

it('gives back an unused hold and is closed afterwards', () => {
  const hold = createHold();
  expect(hold.isClosed(expiresAtMs)).toBe(false);
  expect(settleWithRedis(hold)).toEqual({ version: 0, reservedNanoUsd: 0, costNanoUsd: 0 });
  expect([hold.isClosed(expiresAtMs), hold.isClosed(expiresAtMs - 1)]).toEqual([true, false]);
  expect(hold.prepareSettlement(expiresAtMs + 10 * holdTouchIntervalMs)).toBeUndefined();
});

it('settles in parts while other requests are in progress', () => {
  const hold = createHold();
  hold.reserve(30);
  hold.reserve(50);
  hold.settle(30, 10);
  expect(settleWithRedis(hold)).toEqual({ version: 0, reservedNanoUsd: 50, costNanoUsd: 10 });
  expect([hold.prepareSettlement(expiresAtMs), hold.isClosed(expiresAtMs)]).toEqual([undefined, false]);
  hold.settle(50, 55);
  expect(hold.isClosed(expiresAtMs)).toBe(false);
  expect(settleWithRedis(hold)).toEqual({ version: 1, reservedNanoUsd: 0, costNanoUsd: 55 });
  expect(hold.isClosed(expiresAtMs)).toBe(true);
});

it('repeats a settlement unchanged until it is confirmed', () => {
  const hold = createHold();
  hold.reserve(30);
  hold.reserve(50);
  hold.settle(30, 10);
  const settlement = hold.prepareSettlement(expiresAtMs);
  hold.settle(50, 5);
  expect(hold.prepareSettlement(expiresAtMs + 5_000)).toBe(settlement);
  settleWithRedis(hold);
  expect(hold.prepareSettlement(expiresAtMs)).toEqual({ version: 1, reservedNanoUsd: 0, costNanoUsd: 5 });
});

it('counts a settlement that Redis applied before as confirmed', () => {
  const hold = createHold();
  const settlement = hold.prepareSettlement(expiresAtMs);
  if (settlement) hold.confirmSettlement(settlement, false, expiresAtMs);
  expect(hold.isClosed(expiresAtMs)).toBe(true);
});

it('ignores a late confirmation of an earlier settlement', () => {
  const hold = createHold();
  hold.reserve(50);
  const first = settleWithRedis(hold);
  hold.settle(50, 5);
  const second = hold.prepareSettlement(expiresAtMs);
  if (first) hold.confirmSettlement(first, true, expiresAtMs);
  expect(hold.prepareSettlement(expiresAtMs)).toBe(second);
  settleWithRedis(hold);
  if (second) hold.confirmSettlement(second, true, expiresAtMs);
  expect([hold.isClosed(expiresAtMs), hold.prepareSettlement(expiresAtMs)]).toEqual([true, undefined]);
});

it('updates an unchanged hold of a request in progress at an interval', () => {
  const hold = createHold();
  hold.reserve(100);
  expect(hold.prepareSettlement(expiresAtMs + holdTouchIntervalMs - 1)).toBeUndefined();
  const touchedAtMs = expiresAtMs + holdTouchIntervalMs;
  expect(settleWithRedis(hold, touchedAtMs)).toEqual({ version: 0, reservedNanoUsd: 100, costNanoUsd: 0 });
  expect(hold.prepareSettlement(touchedAtMs + holdTouchIntervalMs - 1)).toBeUndefined();
  expect(hold.prepareSettlement(touchedAtMs + holdTouchIntervalMs)).toMatchObject({ version: 1 });
});

it('gives nothing to requests from an unconfirmed hold and settles it at once', () => {
  const hold = BudgetHold.unconfirmed({ ...options, untilMs: 30_000 });
  expect([hold.remaining(0), hold.isClosed(0)]).toEqual([0, false]);
  expect(hold.prepareSettlement(0)).toEqual({ version: 0, reservedNanoUsd: 0, costNanoUsd: 0 });
});

it('ends an unconfirmed hold when Redis applies its settlement, or cannot create it any more', () => {
  for (const [isApplied, nowMs, isClosed] of [
    [true, 1, true],
    [false, 29_999, false],
    [false, 30_000, true],
  ] as const) {
    const hold = BudgetHold.unconfirmed({ ...options, untilMs: 30_000 });
    const settlement = hold.prepareSettlement(nowMs);
    if (settlement) hold.confirmSettlement(settlement, isApplied, nowMs);
    expect([isApplied, nowMs, hold.isClosed(nowMs)]).toEqual([isApplied, nowMs, isClosed]);
  }
});
