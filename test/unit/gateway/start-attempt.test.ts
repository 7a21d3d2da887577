import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ClientDisconnectedError } from '../../../src/gateway/deadlines.ts';
import type { GatewayDependencies } from '../../../src/gateway/gateway-dependencies.ts';
import type { GatewayRequest } from '../../../src/gateway/gateway-request.ts';
import { startAttempt } from '../../../src/gateway/start-attempt.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { Admission } from '../../../src/limits/admission.ts';
import type { CounterChange } from '../../../src/limits/counter-changes.ts';
import type { RedisCounters } from '../../../src/limits/redis-counters.ts';
import { slotTtlMs } from '../../../src/limits/redis-scripts.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(scheduler, 'wait').mockImplementation((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('a long request renews its slot without other requests and releases it at its end', async () => {
  const reports: { atMs: number; slots: number }[] = [];
  const startedAtMs = Date.now();
  const counters: Pick<RedisCounters, 'acquire' | 'applyChanges'> = {
    acquire: async () => ({
      outcome: 'ok',
      index: 0,
      nowMs: Date.now(),
      limits: [{ grantedAmount: 1, freeAmount: 0, freesAtMs: -1 }],
    }),
    applyChanges: async (changes: readonly CounterChange[]) => {
      for (const change of changes)
        if (change.type === 'set_slots') reports.push({ atMs: Date.now() - startedAtMs, slots: change.slots });
      return changes.map(() => 1);
    },
  };
  const admission = new Admission({
    counters: counters as RedisCounters,
    ledger: {
      sumCharges: async () => ({ chargedNanoUsd: 0n, storedIds: [] }),
      findEndUserCharges: async () => ({ hasAny: false, hasEndUser: false }),
      findStored: async () => [],
    },
    onFailure: 'refuse',
    logger: createLogger('error', () => undefined),
    now: Date.now,
  });
  const dependencies = {
    admission,
    prices: { ready: () => undefined, findFirst: () => undefined, findContextWindow: () => undefined },
    timeouts: { firstByteMs: 600_000, chunkMs: 600_000, totalMs: 600_000 },
    recordUsage: () => undefined,
    now: Date.now,
  } as unknown as GatewayDependencies;
  const request = {
    requestId: 'req_1',
    principal: { tenantId: 'ten_1', keyId: 'key_1', keyLimits: { concurrency: 1 }, tenantLimits: {} },
    source: 'stream',
    target: { provider: { id: 'stub', name: 'Stub' }, model: 'stub' },
    signal: new AbortController().signal,
    waitUntil: () => undefined,
  } as unknown as GatewayRequest;

  const attempt = await startAttempt(dependencies, request, () => ({ input: 1, maxOutput: 1 }));
  const lastsMs = 120_000;
  await vi.advanceTimersByTimeAsync(lastsMs);
  const times = [0, ...reports.map(({ atMs }) => atMs), lastsMs];
  const maxSilence = Math.max(...times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0)));
  expect(maxSilence).toBeLessThan(slotTtlMs / 2);
  expect(new Set(reports.map(({ slots }) => slots))).toEqual(new Set([1]));

  attempt.fail(new ClientDisconnectedError());
  await vi.advanceTimersByTimeAsync(1_000);
  expect(reports.at(-1)).toMatchObject({ slots: 0 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(vi.getTimerCount()).toBe(0);
});
