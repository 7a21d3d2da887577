import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogger } from '../../../src/lib/logger.ts';
import { BudgetHold } from '../../../src/limits/budget-hold.ts';
import type { RedisCounters } from '../../../src/limits/redis-counters.ts';
import { SettlementWorker } from '../../../src/limits/settlement-worker.ts';
import { TenantLeases } from '../../../src/limits/tenant-leases.ts';

let now: number;
let applyChanges: ReturnType<typeof vi.fn<RedisCounters['applyChanges']>>;
let quota: TenantLeases;
let flusher: SettlementWorker;
let working: Promise<unknown>[];

beforeEach(() => {
  now = 1_000_000;
  working = [];
  applyChanges = vi.fn(async (changes) => changes.map(() => true));
  quota = new TenantLeases('ten_1');
  const counters = { applyChanges } as unknown as RedisCounters;
  flusher = new SettlementWorker({ counters, logger: createLogger('error', () => undefined), now: () => now });
  vi.spyOn(scheduler, 'wait').mockImplementation(async (ms) => {
    now += ms;
  });
});
afterEach(() => vi.restoreAllMocks());

const flushSoon = () => flusher.start(quota, (work) => void working.push(work));

/** A hold from which a call has reserved all. */
function hold(): BudgetHold {
  const made = new BudgetHold({
    id: 'h',
    tenantId: 'ten_1',
    day: '2026-11-25',
    budgetKeys: ['b'],
    amount: 10,
    expiresAtMs: now + 2_000,
  });
  made.reserve(10);
  quota.addHold(made);
  return made;
}

test('what a call has not used is told once it has ended, and then there is nothing more to do', async () => {
  hold().settle(10, 4);
  flushSoon();
  await Promise.all(working);
  expect(applyChanges).toHaveBeenCalledExactlyOnceWith([
    expect.objectContaining({ holdId: 'h', held: 0, spent: 4, version: 0 }),
  ]);
  expect([quota.hasUnsettled, quota.settlementOwner]).toEqual([false, undefined]);
});

test('a call that outlasts whoever tells Redis is told of by the next one that comes', async () => {
  const long = hold();
  flushSoon();
  await Promise.all(working.splice(0));
  expect([applyChanges.mock.calls.length, quota.hasUnsettled]).toEqual([0, true]);
  long.settle(10, 4);
  flushSoon();
  await Promise.all(working);
  expect([applyChanges.mock.calls.length, quota.hasUnsettled]).toEqual([1, false]);
});

test('whoever is at it for ten seconds is relieved, so that none is cut off with something to tell', async () => {
  const long = hold();
  vi.mocked(scheduler.wait).mockReturnValueOnce(new Promise(() => undefined));
  flushSoon();
  now += 3_000;
  flushSoon();
  expect(working).toHaveLength(1);
  // Alive, but old: its request may be ended any moment.
  if (quota.settlementOwner) quota.settlementOwner.seenAtMs = now + 6_900;
  now += 7_000;
  long.settle(10, 4);
  flushSoon();
  await working[1];
  expect([applyChanges.mock.calls.length, quota.hasUnsettled]).toEqual([1, false]);
});

test('what Redis may not have heard is told again as it was', async () => {
  applyChanges.mockRejectedValueOnce(new Error('no answer'));
  const one = hold();
  one.settle(10, 4);
  flushSoon();
  await Promise.all(working);
  expect(applyChanges.mock.calls[0]).toEqual(applyChanges.mock.calls[1]);
  expect(quota.hasUnsettled).toBe(false);
});

test('a slot that is handed back is told of until Redis has heard, and is nobody else’s meanwhile', async () => {
  const { concurrencyLease: slots } = quota.getState({ kind: 'concurrency', scope: 'key', scopeId: 'key_1', limit: 1 });
  slots.add('d', 1, { expiresAtMs: now + 2_000, nowMs: now });
  const leaseId = slots.take(now) ?? '';
  slots.release(leaseId);
  applyChanges.mockRejectedValueOnce(new Error('no answer'));
  expect(quota.takeChanges(now).map(({ change }) => change)).toMatchObject([{ type: 'keep_slots', slots: 0 }]);
  expect(slots.take(now)).toBeUndefined();
  flushSoon();
  await Promise.all(working);
  expect([applyChanges.mock.calls.length, quota.hasUnsettled]).toEqual([2, false]);
});

test('what a call has cost is told once its row is sent, a slot at once', async () => {
  const sent: number[] = [];
  const rows = {
    last: 7,
    sentUpTo: vi.fn((number: number) => sent.includes(number)),
    flush: vi.fn(async () => undefined),
  };
  const counters = { applyChanges } as unknown as RedisCounters;
  flusher = new SettlementWorker({ counters, rows, logger: createLogger('error', () => undefined), now: () => now });
  const { concurrencyLease: slots } = quota.getState({ kind: 'concurrency', scope: 'key', scopeId: 'key_1', limit: 1 });
  slots.add('d', 1, { expiresAtMs: now, nowMs: now });
  hold().settle(10, 4);
  rows.flush.mockImplementation(async () => void sent.push(7));
  flushSoon();
  await Promise.all(working);
  expect(rows.flush).toHaveBeenCalledTimes(1);
  expect(applyChanges.mock.calls.flatMap(([changes]) => changes.map(({ type }) => type))).toEqual([
    'keep_slots',
    'settle',
  ]);
  expect(quota.hasUnsettled).toBe(false);
});

test('while rows cannot be sent, what they have cost stays held', async () => {
  const rows = { last: 1, sentUpTo: () => false, flush: async () => undefined };
  const counters = { applyChanges } as unknown as RedisCounters;
  flusher = new SettlementWorker({ counters, rows, logger: createLogger('error', () => undefined), now: () => now });
  hold().settle(10, 4);
  flushSoon();
  await Promise.all(working);
  expect([applyChanges.mock.calls.length, quota.hasUnsettled]).toEqual([0, true]);
});

test('money that a long call holds is told of every five minutes, so that nobody takes it for that of a dead isolate', async () => {
  const long = hold();
  now += 2_000;
  expect(quota.takeChanges(now)).toEqual([]);
  now += 5 * 60_000;
  const [touch] = quota.takeChanges(now);
  expect(touch?.change).toMatchObject({ type: 'settle', version: 0, held: 10, spent: 0 });
  touch?.confirmed?.(true);
  expect(quota.takeChanges(now)).toEqual([]);
  long.settle(10, 4);
  const [end] = quota.takeChanges(now);
  expect(end?.change).toMatchObject({ version: 1, held: 0, spent: 4 });
});

test('a hold that may still come to be is ended when it has, and given up after half a minute', async () => {
  const lost = () =>
    quota.addHold(
      BudgetHold.lost({ id: 'l', tenantId: 'ten_1', day: '2026-11-25', budgetKeys: ['b'], untilMs: now + 30_000 }),
    );
  lost();
  let isThere = false;
  applyChanges.mockImplementation(async (changes) => changes.map(() => isThere));
  flushSoon();
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  expect(quota.hasUnsettled).toBe(true);
  isThere = true;
  await Promise.all(working);
  expect(quota.hasUnsettled).toBe(false);

  isThere = false;
  lost();
  flushSoon();
  await Promise.all(working.splice(0));
  flushSoon();
  await Promise.all(working.splice(0));
  expect(quota.hasUnsettled).toBe(false);
});
