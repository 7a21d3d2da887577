import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogger } from '../../../src/lib/logger.ts';
import { BudgetHold } from '../../../src/limits/budget-hold.ts';
import type { RedisCounters } from '../../../src/limits/redis-counters.ts';
import { SettlementWorker } from '../../../src/limits/settlement-worker.ts';
import { TenantLeases } from '../../../src/limits/tenant-leases.ts';
import { createCost, emptyLedger, holdOwner } from './create-hold.ts';

let nowMs: number;
let applyChanges: ReturnType<typeof vi.fn<RedisCounters['applyChanges']>>;
let leases: TenantLeases;
let worker: SettlementWorker;
let background: Promise<unknown>[];

beforeEach(() => {
  nowMs = 1_000_000;
  background = [];
  applyChanges = vi.fn(async (changes) => changes.map(() => 1));
  leases = new TenantLeases('ten_1');
  const counters = { applyChanges } as unknown as RedisCounters;
  worker = new SettlementWorker({
    counters,
    ledger: emptyLedger,
    logger: createLogger('error', () => undefined),
    now: () => nowMs,
  });
  vi.spyOn(scheduler, 'wait').mockImplementation(async (ms) => {
    nowMs += ms;
  });
});
afterEach(() => vi.restoreAllMocks());

const start = () => worker.start(leases, (work) => void background.push(work));

/** Adds a hold of 10 that one request has reserved. */
function addReservedHold(): BudgetHold {
  const hold = new BudgetHold({
    ...holdOwner,
    id: 'h',
    budgetKeys: ['b'],
    amountNanoUsd: 10,
    expiresAtMs: nowMs + 2_000,
  });
  hold.reserve(10);
  leases.addHold(hold);
  return hold;
}

it('settles a hold when its request has ended and then stops', async () => {
  addReservedHold().settle(10, createCost(4));
  start();
  await Promise.all(background);
  expect(applyChanges).toHaveBeenCalledExactlyOnceWith([
    expect.objectContaining({ holdId: 'h', reservedNanoUsd: 0, costs: [createCost(4)], version: 0 }),
  ]);
  expect([leases.hasUnsettled, leases.settlementOwner]).toEqual([false, undefined]);
});

it('settles a request that outlasts the worker when the next request starts one', async () => {
  const long = addReservedHold();
  start();
  await Promise.all(background.splice(0));
  expect([applyChanges.mock.calls.length, leases.hasUnsettled]).toEqual([0, true]);
  long.settle(10, createCost(4));
  start();
  await Promise.all(background);
  expect([applyChanges.mock.calls.length, leases.hasUnsettled]).toEqual([1, false]);
});

it('hands over to the next request after ten seconds', async () => {
  const long = addReservedHold();
  vi.mocked(scheduler.wait).mockReturnValueOnce(new Promise(() => undefined));
  start();
  nowMs += 3_000;
  start();
  expect(background).toHaveLength(1);
  // Alive, but old: its request may be ended any moment.
  if (leases.settlementOwner) leases.settlementOwner.lastActiveAtMs = nowMs + 6_900;
  nowMs += 7_000;
  long.settle(10, createCost(4));
  start();
  await background[1];
  expect([applyChanges.mock.calls.length, leases.hasUnsettled]).toEqual([1, false]);
});

it('repeats a settlement unchanged if Redis does not answer', async () => {
  applyChanges.mockRejectedValueOnce(new Error('no answer'));
  const hold = addReservedHold();
  hold.settle(10, createCost(4));
  start();
  await Promise.all(background);
  expect(applyChanges.mock.calls[0]).toEqual(applyChanges.mock.calls[1]);
  expect(leases.hasUnsettled).toBe(false);
});

it('repeats the return of a slot until Redis confirms it and does not reuse the slot', async () => {
  const { concurrencyLease: slots } = leases.getState({
    kind: 'concurrency',
    scope: 'key',
    scopeId: 'key_1',
    limit: 1,
  });
  slots.add('d', 1, { expiresAtMs: nowMs + 2_000, nowMs });
  const leaseId = slots.acquire(nowMs) ?? '';
  slots.release(leaseId);
  applyChanges.mockRejectedValueOnce(new Error('no answer'));
  expect(leases.collectChanges(nowMs).map(({ change }) => change)).toMatchObject([{ type: 'set_slots', slots: 0 }]);
  expect(slots.acquire(nowMs)).toBeUndefined();
  start();
  await Promise.all(background);
  expect([applyChanges.mock.calls.length, leases.hasUnsettled]).toEqual([2, false]);
});

it('settles the cost of a request after its row is sent and its slot at once', async () => {
  const sent: number[] = [];
  const rows = {
    last: 7,
    sentUpTo: vi.fn((number: number) => sent.includes(number)),
    flush: vi.fn(async () => undefined),
  };
  const counters = { applyChanges } as unknown as RedisCounters;
  worker = new SettlementWorker({
    counters,
    ledger: emptyLedger,
    rows,
    logger: createLogger('error', () => undefined),
    now: () => nowMs,
  });
  const { concurrencyLease: slots } = leases.getState({
    kind: 'concurrency',
    scope: 'key',
    scopeId: 'key_1',
    limit: 1,
  });
  slots.add('d', 1, { expiresAtMs: nowMs, nowMs });
  addReservedHold().settle(10, createCost(4));
  rows.flush.mockImplementation(async () => void sent.push(7));
  start();
  await Promise.all(background);
  expect(rows.flush).toHaveBeenCalledTimes(1);
  expect(applyChanges.mock.calls.flatMap(([changes]) => changes.map(({ type }) => type))).toEqual([
    'set_slots',
    'settle',
  ]);
  expect(leases.hasUnsettled).toBe(false);
});

it('does not settle the cost of rows that cannot be sent', async () => {
  const rows = { last: 1, sentUpTo: () => false, flush: async () => undefined };
  const counters = { applyChanges } as unknown as RedisCounters;
  worker = new SettlementWorker({
    counters,
    ledger: emptyLedger,
    rows,
    logger: createLogger('error', () => undefined),
    now: () => nowMs,
  });
  addReservedHold().settle(10, createCost(4));
  start();
  await Promise.all(background);
  expect([applyChanges.mock.calls.length, leases.hasUnsettled]).toEqual([0, true]);
});

it('updates the hold of a long request every five minutes', async () => {
  const long = addReservedHold();
  nowMs += 2_000;
  expect(leases.collectChanges(nowMs)).toEqual([]);
  nowMs += 5 * 60_000;
  const [touch] = leases.collectChanges(nowMs);
  expect(touch?.change).toMatchObject({ type: 'settle', version: 0, reservedNanoUsd: 10, costs: [] });
  touch?.confirm?.(1);
  expect(leases.collectChanges(nowMs)).toEqual([]);
  long.settle(10, createCost(4));
  const [end] = leases.collectChanges(nowMs);
  expect(end?.change).toMatchObject({ version: 1, reservedNanoUsd: 0, costs: [createCost(4)] });
});

it('ends an unconfirmed hold when Redis has created it and drops it after half a minute', async () => {
  const addUnconfirmedHold = () =>
    leases.addHold(
      BudgetHold.unconfirmed({
        ...holdOwner,
        id: 'l',
        budgetKeys: ['b'],
        untilMs: nowMs + 30_000,
      }),
    );
  addUnconfirmedHold();
  let isApplied = false;
  applyChanges.mockImplementation(async (changes) => changes.map(() => (isApplied ? 1 : -1)));
  start();
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  expect(leases.hasUnsettled).toBe(true);
  isApplied = true;
  await Promise.all(background);
  expect(leases.hasUnsettled).toBe(false);

  isApplied = false;
  addUnconfirmedHold();
  start();
  await Promise.all(background.splice(0));
  start();
  await Promise.all(background.splice(0));
  expect(leases.hasUnsettled).toBe(false);
});
