import { describe, expect, it } from 'vitest';
import { BudgetHold } from '../../../src/limits/budget-hold.ts';
import { holdTouchIntervalMs } from '../../../src/limits/redis-scripts.ts';
import { createCost, holdOwner } from './create-hold.ts';

const expiresAtMs = 1_002_000;
const options = { ...holdOwner, id: 'lease_1', budgetKeys: ['budget'] };

const createHold = () => new BudgetHold({ ...options, amountNanoUsd: 100, expiresAtMs });

/** Prepares the next settlement and confirms it. */
function settleWithRedis(hold: BudgetHold, nowMs = expiresAtMs) {
  const settlement = hold.prepareSettlement(nowMs);
  if (settlement) hold.confirmSettlement(settlement, 1, nowMs);
  return settlement;
}

it('lets requests reserve what others have neither reserved nor spent', () => {
  const hold = createHold();
  hold.reserve(60);
  expect(hold.remaining(expiresAtMs - 1)).toBe(40);
  hold.settle(60, createCost(25));
  expect(hold.remaining(expiresAtMs - 1)).toBe(75);
});

it('has nothing to reserve from the moment when it expires', () => {
  expect([createHold().remaining(expiresAtMs - 1), createHold().remaining(expiresAtMs)]).toEqual([100, 0]);
});

it('has a negative remainder after a request cost more than the hold', () => {
  const hold = createHold();
  hold.reserve(100);
  hold.settle(100, createCost(130));
  expect(hold.remaining(expiresAtMs - 1)).toBe(-30);
});

it('prepares no settlement while requests can reserve from it', () => {
  const hold = createHold();
  hold.reserve(60);
  hold.settle(60, createCost(25));
  expect(hold.prepareSettlement(expiresAtMs - 1)).toBeUndefined();
  expect(hold.prepareSettlement(expiresAtMs)).toEqual({
    version: 0,
    reservedNanoUsd: 0,
    costs: [createCost(25)],
    mayDefer: true,
  });
});

it('gives back an unused hold and is closed afterwards', () => {
  const hold = createHold();
  expect(hold.isClosed(expiresAtMs)).toBe(false);
  expect(settleWithRedis(hold)).toEqual({ version: 0, reservedNanoUsd: 0, costs: [], mayDefer: true });
  expect([hold.isClosed(expiresAtMs), hold.isClosed(expiresAtMs - 1)]).toEqual([true, false]);
  expect(hold.prepareSettlement(expiresAtMs + 10 * holdTouchIntervalMs)).toBeUndefined();
});

it('settles in parts while other requests are in progress', () => {
  const hold = createHold();
  hold.reserve(30);
  hold.reserve(50);
  hold.settle(30, createCost(10));
  expect(settleWithRedis(hold)).toEqual({ version: 0, reservedNanoUsd: 50, costs: [createCost(10)], mayDefer: true });
  expect([hold.prepareSettlement(expiresAtMs), hold.isClosed(expiresAtMs)]).toEqual([undefined, false]);
  hold.settle(50, createCost(55));
  expect(hold.isClosed(expiresAtMs)).toBe(false);
  expect(settleWithRedis(hold)).toEqual({ version: 1, reservedNanoUsd: 0, costs: [createCost(55)], mayDefer: true });
  expect(hold.isClosed(expiresAtMs)).toBe(true);
});

it('repeats a settlement unchanged until it is confirmed', () => {
  const hold = createHold();
  hold.reserve(30);
  hold.reserve(50);
  hold.settle(30, createCost(10));
  const settlement = hold.prepareSettlement(expiresAtMs);
  hold.settle(50, createCost(5));
  expect(hold.prepareSettlement(expiresAtMs + 5_000)).toBe(settlement);
  settleWithRedis(hold);
  expect(hold.prepareSettlement(expiresAtMs)).toEqual({
    version: 1,
    reservedNanoUsd: 0,
    costs: [createCost(5)],
    mayDefer: true,
  });
});

it('counts a settlement that Redis applied before as confirmed', () => {
  const hold = createHold();
  const settlement = hold.prepareSettlement(expiresAtMs);
  if (settlement) hold.confirmSettlement(settlement, 0, expiresAtMs);
  expect(hold.isClosed(expiresAtMs)).toBe(true);
});

it('ignores a late confirmation of an earlier settlement', () => {
  const hold = createHold();
  hold.reserve(50);
  const first = settleWithRedis(hold);
  hold.settle(50, createCost(5));
  const second = hold.prepareSettlement(expiresAtMs);
  if (first) hold.confirmSettlement(first, 1, expiresAtMs);
  expect(hold.prepareSettlement(expiresAtMs)).toBe(second);
  settleWithRedis(hold);
  if (second) hold.confirmSettlement(second, 1, expiresAtMs);
  expect([hold.isClosed(expiresAtMs), hold.prepareSettlement(expiresAtMs)]).toEqual([true, undefined]);
});

it('updates an unchanged hold of a request in progress at an interval', () => {
  const hold = createHold();
  hold.reserve(100);
  expect(hold.prepareSettlement(expiresAtMs + holdTouchIntervalMs - 1)).toBeUndefined();
  const touchedAtMs = expiresAtMs + holdTouchIntervalMs;
  expect(settleWithRedis(hold, touchedAtMs)).toEqual({ version: 0, reservedNanoUsd: 100, costs: [], mayDefer: true });
  expect(hold.prepareSettlement(touchedAtMs + holdTouchIntervalMs - 1)).toBeUndefined();
  expect(hold.prepareSettlement(touchedAtMs + holdTouchIntervalMs)).toMatchObject({ version: 1 });
});

it('gives nothing to requests from an unconfirmed hold and settles it at once', () => {
  const hold = BudgetHold.unconfirmed({ ...options, untilMs: 30_000 });
  expect([hold.remaining(0), hold.isClosed(0)]).toEqual([0, false]);
  expect(hold.prepareSettlement(0)).toEqual({ version: 0, reservedNanoUsd: 0, costs: [], mayDefer: false });
});

it('ends an unconfirmed hold when Redis applies its settlement, or cannot create it any more', () => {
  for (const [reply, nowMs, isClosed] of [
    [1, 1, true],
    [0, 29_999, false],
    [-1, 29_999, false],
    [-1, 30_000, true],
  ] as const) {
    const hold = BudgetHold.unconfirmed({ ...options, untilMs: 30_000 });
    const settlement = hold.prepareSettlement(nowMs);
    if (settlement) hold.confirmSettlement(settlement, reply, nowMs);
    expect([reply, nowMs, hold.isClosed(nowMs)]).toEqual([reply, nowMs, isClosed]);
  }
});

describe('a hold that Redis has lost', () => {
  function createLostHold() {
    const hold = createHold();
    hold.reserve(100);
    hold.settle(20, createCost(5, 'req_1'));
    settleWithRedis(hold);
    hold.settle(20, createCost(7, 'req_2'));
    const settlement = hold.prepareSettlement(expiresAtMs);
    if (!settlement) throw new Error('nothing to settle');
    expect(hold.confirmSettlement(settlement, -1, expiresAtMs)).toBe(true);
    hold.markLost();
    return hold;
  }

  function recreate(hold: BudgetHold, isLost = true) {
    const recreation = hold.prepareRecreation(expiresAtMs);
    if (recreation) hold.confirmRecreation(recreation, isLost, expiresAtMs);
    return recreation;
  }

  it('is created again with its reservations and with costs that the ledger may not have', () => {
    const hold = createLostHold();
    expect(hold.prepareSettlement(expiresAtMs)).toBeUndefined();
    expect(recreate(hold)).toMatchObject({ version: 1_001, amountNanoUsd: 60 + 7 + 5 });
    expect(hold.listDeferred()).toEqual(['req_1']);
  });

  it('is created without the costs that the ledger has', () => {
    const hold = createLostHold();
    hold.forgetStored(new Set(['req_1']));
    expect(recreate(hold)).toMatchObject({ amountNanoUsd: 60 + 7 });
  });

  it('settles a deferred cost when the ledger has its row, or after 20 seconds', () => {
    for (const [storedIds, ageMs] of [
      [['req_1'], 0],
      [[], 20_000],
    ] as const) {
      const hold = createLostHold();
      recreate(hold);
      hold.settleDeferred(new Set(storedIds), expiresAtMs + ageMs);
      expect(settleWithRedis(hold)).toMatchObject({ costs: [{ requestId: 'req_1' }], mayDefer: false });
      expect(settleWithRedis(hold)).toMatchObject({ costs: [{ requestId: 'req_2' }], mayDefer: true });
    }
  });

  it('stays as it is if Redis has it', () => {
    const hold = createLostHold();
    recreate(hold, false);
    expect(hold.listDeferred()).toEqual([]);
    expect(settleWithRedis(hold)).toEqual({
      version: 1,
      reservedNanoUsd: 60,
      costs: [createCost(7, 'req_2')],
      mayDefer: true,
    });
  });

  it('repeats its creation unchanged until it is confirmed', () => {
    const hold = createLostHold();
    const recreation = hold.prepareRecreation(expiresAtMs);
    hold.settle(60, createCost(1, 'req_3'));
    expect(hold.prepareRecreation(expiresAtMs)).toBe(recreation);
  });

  it('is not created if it holds nothing', () => {
    const hold = createHold();
    const settlement = hold.prepareSettlement(expiresAtMs);
    if (settlement) expect(hold.confirmSettlement(settlement, -1, expiresAtMs)).toBe(true);
    hold.markLost();
    expect([hold.prepareRecreation(expiresAtMs), hold.isClosed(expiresAtMs)]).toEqual([undefined, true]);
  });
});

it('keeps the costs on hold that Redis defers until the ledger has their rows', () => {
  const hold = createHold();
  hold.reserve(60);
  hold.settle(30, createCost(10, 'req_1', 99));
  hold.settle(30, createCost(20, 'req_2', 100));
  const settlement = hold.prepareSettlement(expiresAtMs);
  if (settlement) hold.confirmSettlement(settlement, 100, expiresAtMs);
  expect(settleWithRedis(hold)).toMatchObject({ version: 0, reservedNanoUsd: 10, costs: [{ requestId: 'req_2' }] });
  expect([hold.hasDeferred, hold.isClosed(expiresAtMs)]).toEqual([true, false]);
  hold.settleDeferred(new Set(['req_1']), expiresAtMs);
  expect(settleWithRedis(hold)).toMatchObject({ version: 1, reservedNanoUsd: 0, costs: [{ requestId: 'req_1' }] });
  expect(hold.isClosed(expiresAtMs)).toBe(true);
});

it('is not taken for lost if a settlement without a reply may have ended it', () => {
  const hold = createHold();
  const settlement = hold.prepareSettlement(expiresAtMs);
  if (!settlement) throw new Error('nothing to settle');
  hold.confirmSettlement(settlement, undefined, expiresAtMs);
  expect(hold.confirmSettlement(settlement, -1, expiresAtMs)).toBe(false);
  expect(hold.isClosed(expiresAtMs)).toBe(true);
});
