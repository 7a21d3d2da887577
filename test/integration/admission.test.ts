import { beforeEach, describe, expect, test, vi } from 'vitest';
import { newId } from '../../src/domain/ids.ts';
import type { Limits } from '../../src/domain/limits.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { Admission } from '../../src/limits/admission.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { RedisCounters } from '../../src/limits/redis-counters.ts';
import type { AdmissionRequest, Reservation } from '../../src/limits/types.ts';
import { waitFor } from '../support/wait-for.ts';
import { variables } from './gateway.ts';

const redis = openRedis({
  url: variables.UPSTASH_REDIS_REST_URL ?? '',
  token: variables.UPSTASH_REDIS_REST_TOKEN ?? '',
  timeoutMs: 5_000,
});

type Evaluate = (...args: Parameters<typeof redis.eval>) => Promise<unknown>;

/** The same Redis with another way to run scripts, which is how leases are acquired. */
function withEval(evaluate: Evaluate): typeof redis {
  return new Proxy(redis, {
    get: (target, name) => (name === 'eval' ? evaluate : Reflect.get(target, name).bind(target)),
  });
}

/** The time at which all clocks of isolates stand; undefined: they run. */
let stoppedAtMs: number | undefined;
const now = () => stoppedAtMs ?? Date.now();

/** Runs `work` while the clocks stand, so that no lease expires, however slow the machine is. */
async function withStoppedClocks<T>(work: () => Promise<T>): Promise<T> {
  stoppedAtMs = Date.now();
  try {
    return await work();
  } finally {
    stoppedAtMs = undefined;
  }
}

/** One isolate's admission, with its round trips counted. */
function isolate({ charged = 0n, through = redis, timeoutMs = 5_000 } = {}) {
  const counters = new RedisCounters(through, { timeoutMs, now });
  const acquire = vi.spyOn(counters, 'acquire');
  const applyChanges = vi.spyOn(counters, 'applyChanges');
  const admission = new Admission({
    counters,
    ledger: {
      sumCharges: async ({ before, requestIds }) => ({
        chargedNanoUsd: rows.reduce((sum, row) => (row.startedAtMs < before.getTime() ? sum + row.cost : sum), charged),
        storedIds: rows.map(({ requestId }) => requestId).filter((id) => requestIds.includes(id)),
      }),
      findEndUserCharges: async () => ({ hasAny: rows.length > 0, hasEndUser: false }),
      findStored: async (requestIds) => rows.map(({ requestId }) => requestId).filter((id) => requestIds.includes(id)),
    },
    onFailure: 'local',
    logger: createLogger('error', () => undefined),
    now,
  });
  return { admission, roundTrips: () => acquire.mock.calls.length + applyChanges.mock.calls.length };
}

/** The rows that the ledger has. */
let rows: { readonly requestId: string; readonly startedAtMs: number; readonly cost: bigint }[];
let tenantId: string;
let background: Promise<unknown>[];

beforeEach(() => {
  rows = [];
  tenantId = newId('ten');
  background = [];
});

const admit = (
  { admission }: ReturnType<typeof isolate>,
  keyLimits: Limits,
  { tokens = 100, cost = 1_000_000n, keyId = 'key_1', tenantLimits = {} as Limits, requestId = newId('req') } = {},
): Promise<Reservation> =>
  admission.admit({
    requestId,
    tenantId,
    keyId,
    keyLimits,
    tenantLimits,
    startedAtMs: now(),
    estimate: () => ({ tokens, costNanoUsd: cost }),
    waitUntil: (work) => void background.push(work),
  } satisfies AdmissionRequest);

async function settleRequests(requests: () => Promise<Reservation>[]) {
  const settled = await withStoppedClocks(() => Promise.allSettled(requests()));
  const admitted = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  return { admitted, refused };
}

const limitsForTen: [string, Limits, string][] = [
  ['requests a minute', { requestsPerMinute: 10 }, 'rate_limited'],
  ['tokens a minute', { tokensPerMinute: 1_000 }, 'rate_limited'],
  ['calls at once', { concurrency: 10 }, 'rate_limited'],
  ['a daily budget', { dailyBudgetNanoUsd: 10_000_000n }, 'budget_exceeded'],
  ['a monthly budget', { monthlyBudgetNanoUsd: 10_000_000n }, 'budget_exceeded'],
  [
    'all of them',
    { requestsPerMinute: 10, tokensPerMinute: 1_000, concurrency: 10, dailyBudgetNanoUsd: 10_000_000n },
    '',
  ],
];

describe.each([1, 8])('200 calls at once from %i isolates', (count) => {
  test.each(limitsForTen)('%s for exactly 10 admit 10', async (_, limits, code) => {
    const isolates = Array.from({ length: count }, () => isolate());
    for (const scope of ['key', 'tenant'] as const) {
      tenantId = newId('ten');
      const { admitted, refused } = await settleRequests(() =>
        Array.from({ length: 200 }, (_, index) => {
          const one = isolates[index % count] ?? isolate();
          return scope === 'key'
            ? admit(one, limits)
            : admit(one, {}, { tenantLimits: limits, keyId: `key_${index % 20}` });
        }),
      );
      expect([scope, admitted.length, refused.length]).toEqual([scope, 10, 190]);
      if (code !== '') expect(new Set(refused.map((error) => error.code))).toEqual(new Set([code]));
    }
  });
});

test('a warm request needs no round trip, and the limit stays exact', async () => {
  const one = isolate();
  const limits = { requestsPerMinute: 1_000, tokensPerMinute: 10_000_000, dailyBudgetNanoUsd: 10_000_000_000n };
  let admitted = 0;
  for (let second = 0; second < 5; second += 1) {
    const batch = Array.from({ length: 20 }, async () => {
      for (let index = 0; index < 5; index += 1) {
        const reservation = await admit(one, limits).catch(() => undefined);
        if (!reservation) continue;
        admitted += 1;
        reservation.settle({ tokens: 50, costNanoUsd: 500_000n });
      }
    });
    await Promise.all(batch);
    await scheduler.wait(900);
  }
  expect(admitted).toBe(500);
  expect(one.roundTrips()).toBeLessThan(500 * 0.1);
  await Promise.all(background);
  const day = new Date().toISOString().slice(0, 10);
  expect(Number(await redis.get(`limits:{${tenantId}}:key_1:budget:${day}`))).toBe(250_000_000);
  expect(await redis.hlen(`limits:{${tenantId}}:holds`)).toBe(0);
});

const budgetKey = (keyId: string) => `limits:{${tenantId}}:${keyId}:budget:${new Date().toISOString().slice(0, 10)}`;
const chargedTo = async (keyId: string) => Number(await redis.get(budgetKey(keyId)));
const openHolds = () => redis.hlen(`limits:{${tenantId}}:holds`);

test.each([50, 100])('a limit of %i of a tenant is used up by twice as many keys at once', async (limit) => {
  const one = isolate();
  const { admitted } = await settleRequests(() =>
    Array.from({ length: 2 * limit }, (_, index) =>
      admit(one, {}, { tenantLimits: { requestsPerMinute: limit }, keyId: `key_${index}` }),
    ),
  );
  expect(admitted).toHaveLength(limit);
});

test('a budget that calls under way hold says so, and frees what they do not spend', async () => {
  const one = isolate();
  const limits = { dailyBudgetNanoUsd: 1_000_000n };
  const first = await admit(one, limits);
  const refused = await admit(one, limits).catch((error) => error);
  expect(refused).toMatchObject({ code: 'budget_exceeded', retryable: true, retryAfterSeconds: 4 });
  expect(refused.message).toMatch(/\$0\.00 of it is left, .* under way hold what is missing: try again in 4 s\.$/);
  first.settle({ tokens: 1, costNanoUsd: 0n });
  await waitFor(() => admit(one, limits).then(({ settle }) => settle({ tokens: 1, costNanoUsd: 1_000_000n })), {
    intervalMs: 500,
  });
  await Promise.all(background);
  const spent = await admit(one, limits).catch((error) => error);
  expect(spent).toMatchObject({ code: 'budget_exceeded', retryable: false });
  expect(spent.message).toContain('It resets in ');
});

test('a key whose own budget is spent does not wait for the holds of another key', async () => {
  const one = isolate();
  const limits = { dailyBudgetNanoUsd: 1_000_000n };
  (await admit(one, limits)).settle({ tokens: 1, costNanoUsd: 1_000_000n });
  await admit(one, limits, { keyId: 'key_2' });
  await waitFor(async () => expect(await openHolds()).toBe(1));
  await expect(admit(one, limits)).rejects.toMatchObject({ code: 'budget_exceeded', retryable: false });
});

test('a lease whose answer is lost holds no money and no slot for long', async () => {
  const limits = { dailyBudgetNanoUsd: 1_000_000_000n, concurrency: 10 };
  (await admit(isolate(), limits)).settle({ tokens: 1, costNanoUsd: 1_000n });
  let charged = 0;
  const deaf = withEval(async (...args) => {
    await redis.eval(...args);
    charged = await chargedTo('key_1');
    throw new Error('the answer is lost');
  });
  await expect(admit(isolate({ through: deaf }), limits)).rejects.toMatchObject({ code: 'unavailable' });
  expect(charged).toBeGreaterThan(1_000);
  await waitFor(async () => expect([await chargedTo('key_1'), await openHolds()]).toEqual([1_000, 0]));
});

test('a lease that Redis grants after its request has timed out holds no money for long', async () => {
  const limits = { dailyBudgetNanoUsd: 1_000_000_000n };
  (await admit(isolate(), limits)).settle({ tokens: 1, costNanoUsd: 1_000n });
  await waitFor(async () => expect(await openHolds()).toBe(0));
  const lateReplies: unknown[] = [];
  // Given up as by a time-out. Redis does it after it has been told for the first time that it is not wanted.
  const slow = withEval(async (...args) => {
    const isTold = () => expect(late.roundTrips()).toBeGreaterThan(1);
    background.push(waitFor(isTold).then(async () => lateReplies.push(await redis.eval(...args))));
    throw new DOMException('timed out', 'TimeoutError');
  });
  const late = isolate({ through: slow });
  await expect(admit(late, limits)).rejects.toMatchObject({ code: 'unavailable' });
  await waitFor(() => expect(lateReplies).toEqual([expect.stringMatching(/^ok /)]));
  await waitFor(async () => expect([await chargedTo('key_1'), await openHolds()]).toEqual([1_000, 0]));
});

test('a budget that Redis has lost is seeded again with the holds of calls under way', async () => {
  const limits = { dailyBudgetNanoUsd: 1_000_000_000n };
  const others = { monthlyBudgetNanoUsd: 1_000_000_000n };
  const one = isolate();
  const calls: { readonly requestId: string; readonly keyId: string; readonly reservation: Reservation }[] = [];
  const start = async (keyLimits: Limits, cost: bigint, keyId = 'key_1') => {
    const requestId = newId('req');
    const startedAtMs = now();
    const reservation = await admit(one, keyLimits, { cost, keyId, requestId });
    calls.push({ requestId, keyId, reservation });
    return { startedAtMs, requestId };
  };
  const started = [await start(limits, 900_000n), await start(limits, 50_000n, 'key_2'), await start(others, 30_000n)];
  await redis.del(budgetKey('key_1'));
  started.push(await start(limits, 1_000_000n));
  expect(await chargedTo('key_1')).toBeGreaterThanOrEqual(1_900_000);
  for (const { reservation } of calls) reservation.settle({ tokens: 1, costNanoUsd: 10n });
  // What was lost is charged by its rows, and stays on hold until they come.
  await waitFor(async () => expect(await openHolds()).toBeGreaterThan(0));
  rows = [started[0], started[3]].flatMap((row) => (row ? [{ ...row, cost: 10n }] : []));
  await waitFor(async () => expect([await chargedTo('key_1'), await openHolds()]).toEqual([20, 0]));
});
