import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Limits } from '../../../src/domain/limits.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { Admission } from '../../../src/limits/admission.ts';
import type { CounterChange } from '../../../src/limits/counter-changes.ts';
import type { LeaseAcquisition, LeaseReply, RedisCounters } from '../../../src/limits/redis-counters.ts';
import type { Reservation } from '../../../src/limits/types.ts';
import { emptyLedger } from './create-hold.ts';

let nowMs: number;
let background: Promise<unknown>[];

beforeEach(() => {
  nowMs = Date.parse('2026-11-25T12:00:00Z');
  background = [];
  vi.spyOn(scheduler, 'wait').mockImplementation(async (ms) => {
    await new Promise((resolve) => setTimeout(resolve));
    nowMs += ms;
  });
});
afterEach(() => vi.restoreAllMocks());

type Replies = Pick<RedisCounters, 'acquire' | 'applyChanges'>;

/** Creates an isolate whose Redis replies like this. */
function createIsolate(replies: Replies) {
  const admission = new Admission({
    counters: { seed: async () => undefined, ...replies } as unknown as RedisCounters,
    ledger: emptyLedger,
    onFailure: 'local',
    logger: createLogger('error', () => undefined),
    now: () => nowMs,
  });
  const admit = (keyLimits: Limits, { tokens = 1, cost = 0n } = {}): Promise<Reservation> =>
    admission.admit({
      requestId: 'req_1',
      tenantId: 'ten_1',
      keyId: 'key_1',
      keyLimits,
      tenantLimits: {},
      startedAtMs: nowMs,
      estimate: () => ({ tokens, costNanoUsd: cost }),
      waitUntil: (work) => void background.push(work),
    });
  return { admission, admit };
}

const noUsage = { tokens: 0, costNanoUsd: 0n };

/** Grants every request what it is missing, and a hundred times as much money. */
function grant({ requests }: LeaseAcquisition): LeaseReply {
  const limits = requests.map(({ shortfall, rule }) => {
    const grantedAmount = rule.kind === 'daily_budget' ? 100 * shortfall : shortfall;
    return { grantedAmount, freeAmount: rule.limit - grantedAmount, freesAtMs: -1 };
  });
  return { outcome: 'ok', index: -1, nowMs, limits };
}

it('estimates a request only if a limit counts tokens or money, and waits for the estimate', async () => {
  const estimate = vi.fn(async () => ({ tokens: 7, costNanoUsd: 0n }));
  const acquire = vi.fn(async (acquisition: LeaseAcquisition) => grant(acquisition));
  const { admission } = createIsolate({ acquire, applyChanges: async (changes) => changes.map(() => 1) });
  const owner = { requestId: 'req_1', tenantId: 'ten_1', keyId: 'key_1', tenantLimits: {} };
  const request = { ...owner, startedAtMs: nowMs, estimate };
  const waitUntil = (work: Promise<unknown>) => void background.push(work);
  await admission.admit({ ...request, keyLimits: { requestsPerMinute: 5, concurrency: 2 }, waitUntil });
  expect(estimate).not.toHaveBeenCalled();
  await admission.admit({ ...request, keyLimits: { tokensPerMinute: 50 }, waitUntil });
  expect(estimate).toHaveBeenCalledOnce();
  expect(acquire.mock.lastCall?.[0].requests.map(({ shortfall }) => shortfall)).toEqual([7]);
});

it('keeps no slot and no money for a request that is denied after others returned some', async () => {
  const remaining = new Map<string, number>();
  const admitted: Reservation[] = [];
  let denies = false;
  const acquire = vi.fn(async (acquisition: LeaseAcquisition): Promise<LeaseReply> => {
    if (!denies) return grant(acquisition);
    admitted.pop()?.settle(noUsage);
    const index = acquisition.requests.findIndex(({ rule }) => rule.kind === 'tokens');
    const limits = acquisition.requests.map(() => ({ grantedAmount: 0, freeAmount: 0, freesAtMs: -1 }));
    return { outcome: 'refused', index, nowMs, limits };
  });
  const applyChanges = async (changes: readonly CounterChange[]) =>
    changes.map((change) => {
      if (change.type === 'set_slots') remaining.set(change.leaseId, change.slots);
      if (change.type === 'settle') remaining.set(change.holdId, change.reservedNanoUsd);
      return 1;
    });
  const { admit } = createIsolate({ acquire, applyChanges });
  const limits = { tokensPerMinute: 1_000_000, concurrency: 10, dailyBudgetNanoUsd: 1_000_000n };
  for (let count = 0; count < 8; count += 1) admitted.push(await admit(limits, { tokens: 100, cost: 10n }));
  denies = true;
  acquire.mockClear();
  await expect(admit(limits, { tokens: 1_000, cost: 10n })).rejects.toMatchObject({ code: 'unavailable' });
  expect(acquire).toHaveBeenCalledTimes(8);
  for (const reservation of admitted) reservation.settle(noUsage);
  await Promise.all(background);
  expect(remaining.size).toBeGreaterThan(0);
  expect([...remaining.values()].filter((amount) => amount !== 0)).toEqual([]);
});

/** Has a budget of 1,000 of which a request reserved 900 and spent 5, before Redis was away for its settlement. */
async function createUnsettled() {
  let charged = 0;
  let isDown = true;
  const { admission, admit } = createIsolate({
    acquire: async ({ requests: [request] }) => {
      const shortfall = request?.shortfall ?? 0;
      const free = 1_000 - charged;
      const isFree = shortfall <= free;
      if (isFree) charged += shortfall;
      const grantedAmount = isFree ? shortfall : 0;
      const limits = [{ grantedAmount, freeAmount: free - grantedAmount, freesAtMs: nowMs + 4_000 }];
      return { outcome: isFree ? 'ok' : 'refused', index: 0, nowMs, limits };
    },
    applyChanges: async (changes) => {
      if (isDown) throw new Error('no answer');
      for (const change of changes)
        if (change.type === 'settle')
          charged -= change.costs.reduce((rest, { costNanoUsd }) => rest - costNanoUsd, 900 - change.reservedNanoUsd);
      return changes.map(() => 1);
    },
  });
  const admitAgain = () => admit({ dailyBudgetNanoUsd: 1_000n }, { cost: 900n });
  const reservation = await admitAgain();
  reservation.settle({ tokens: 1, costNanoUsd: 5n });
  await Promise.all(background.splice(0));
  isDown = false;
  return { admission, admitAgain, charged: () => charged };
}

it('settles once Redis is back although the budget denies every request until then', async () => {
  const { admitAgain, charged } = await createUnsettled();
  await expect(admitAgain()).rejects.toMatchObject({ code: 'budget_exceeded' });
  await Promise.all(background.splice(0));
  expect(charged()).toBe(5);
  nowMs += 4_000;
  await expect(admitAgain()).resolves.toBeDefined();
});

it('settles what is left on a flush', async () => {
  const { admission, charged } = await createUnsettled();
  await admission.flush();
  expect(charged()).toBe(5);
});
