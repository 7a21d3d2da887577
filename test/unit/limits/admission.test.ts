import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Limits } from '../../../src/domain/limits.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { Admission } from '../../../src/limits/admission.ts';
import type { CounterChange, LeaseAcquisition, LeaseReply, RedisCounters } from '../../../src/limits/redis-counters.ts';
import type { Reservation } from '../../../src/limits/types.ts';

let now: number;
let background: Promise<unknown>[];

beforeEach(() => {
  now = Date.parse('2026-11-25T12:00:00Z');
  background = [];
  vi.spyOn(scheduler, 'wait').mockImplementation(async (ms) => {
    await new Promise((resolve) => setTimeout(resolve));
    now += ms;
  });
});
afterEach(() => vi.restoreAllMocks());

type Answers = Pick<RedisCounters, 'acquire' | 'applyChanges'>;

/** One isolate whose Redis answers like this. */
function isolate(answers: Answers) {
  const admission = new Admission({
    counters: { seed: async () => undefined, ...answers } as unknown as RedisCounters,
    chargedSince: async () => 0n,
    onFailure: 'local',
    logger: createLogger('error', () => undefined),
    now: () => now,
  });
  const ask = (keyLimits: Limits, { tokens = 1, cost = 0n } = {}): Promise<Reservation> =>
    admission.admit({
      tenantId: 'ten_1',
      keyId: 'key_1',
      keyLimits,
      tenantLimits: {},
      nowMs: now,
      estimate: () => ({ tokens, costNanoUsd: cost }),
      waitUntil: (work) => void background.push(work),
    });
  return { admission, ask };
}

const nothing = { tokens: 0, costNanoUsd: 0n };

/** Grants every call what it needs, and a hundred times as much money. */
function grant({ asks }: LeaseAcquisition): LeaseReply {
  const limits = asks.map(({ need, rule }) => {
    const granted = rule.kind === 'daily_budget' ? 100 * need : need;
    return { granted, free: rule.limit - granted, freesAtMs: -1 };
  });
  return { outcome: 'ok', index: -1, nowMs: now, limits };
}

test('a call that is refused in the end keeps no slot and no money, however often others hand back meanwhile', async () => {
  const told = new Map<string, number>();
  const ended: Reservation[] = [];
  let refuses = false;
  const acquire = vi.fn(async (asked: LeaseAcquisition): Promise<LeaseReply> => {
    if (!refuses) return grant(asked);
    ended.pop()?.settle(nothing);
    const index = asked.asks.findIndex(({ rule }) => rule.kind === 'tokens');
    const limits = asked.asks.map(() => ({ granted: 0, free: 0, freesAtMs: -1 }));
    return { outcome: 'refused', index, nowMs: now, limits };
  });
  const applyChanges = async (changes: readonly CounterChange[]) =>
    changes.map((change) => {
      if (change.type === 'keep_slots') told.set(change.leaseId, change.slots);
      if (change.type === 'settle') told.set(change.holdId, change.held);
      return true;
    });
  const { ask } = isolate({ acquire, applyChanges });
  const limits = { tokensPerMinute: 1_000_000, concurrency: 10, dailyBudgetNanoUsd: 1_000_000n };
  for (let count = 0; count < 8; count += 1) ended.push(await ask(limits, { tokens: 100, cost: 10n }));
  refuses = true;
  acquire.mockClear();
  await expect(ask(limits, { tokens: 1_000, cost: 10n })).rejects.toMatchObject({ code: 'unavailable' });
  expect(acquire).toHaveBeenCalledTimes(6);
  for (const call of ended) call.settle(nothing);
  await Promise.all(background);
  expect(told.size).toBeGreaterThan(0);
  expect([...told.values()].filter((left) => left !== 0)).toEqual([]);
});

/** A budget of 1,000, of which one call has reserved 900 and spent 5; Redis went away before it could be told. */
async function untold() {
  let charged = 0;
  let isDown = true;
  const { admission, ask } = isolate({
    acquire: async ({ asks: [asked] }) => {
      const need = asked?.need ?? 0;
      const free = 1_000 - charged;
      const isFree = need <= free;
      if (isFree) charged += need;
      const limits = [{ granted: isFree ? need : 0, free: isFree ? free - need : free, freesAtMs: now + 4_000 }];
      return { outcome: isFree ? 'ok' : 'refused', index: 0, nowMs: now, limits };
    },
    applyChanges: async (changes) => {
      if (isDown) throw new Error('no answer');
      for (const change of changes) if (change.type === 'settle') charged -= 900 - change.held - change.spent;
      return changes.map(() => true);
    },
  });
  const askAgain = () => ask({ dailyBudgetNanoUsd: 1_000n }, { cost: 900n });
  const call = await askAgain();
  call.settle({ tokens: 1, costNanoUsd: 5n });
  await Promise.all(background.splice(0));
  isDown = false;
  return { admission, askAgain, charged: () => charged };
}

test('what Redis could not be told is told once it is back, though the budget refuses every call until then', async () => {
  const { askAgain, charged } = await untold();
  await expect(askAgain()).rejects.toMatchObject({ code: 'budget_exceeded' });
  await Promise.all(background.splice(0));
  expect(charged()).toBe(5);
  now += 4_000;
  await expect(askAgain()).resolves.toBeDefined();
});

test('and though no call comes at all', async () => {
  const { admission, charged } = await untold();
  await admission.flush();
  expect(charged()).toBe(5);
});
