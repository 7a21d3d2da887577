import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Limits } from '../../../../src/domain/limits.ts';
import { type Isolate, installDrivenClock, isFullLoad, Simulation } from './simulation.ts';

const startMs = Date.parse('2026-11-25T12:00:00.250Z');
const redis = installDrivenClock(startMs);
const numRuns = isFullLoad ? 300 : 10;

/** Repeats a request after exactly the time that its refusal names. Returns how often it was refused again. */
async function countRefusals(
  simulation: Simulation,
  isolate: () => Isolate,
  request: Parameters<Isolate['admit']>[0],
): Promise<number> {
  const first = await isolate().admit(request);
  if (!('error' in first)) {
    first.end();
    return 0;
  }
  expect(first.error.retryAfterSeconds).toBeGreaterThan(0);
  await simulation.wait((first.error.retryAfterSeconds ?? 0) * 1000);
  const second = await isolate().admit(request);
  if (!('error' in second)) second.end();
  return 'error' in second ? 1 : 0;
}

describe('a request that is repeated after exactly the time that its refusal names', () => {
  it('is admitted by rates, if no other request takes the room', { timeout: 1_800_000 }, async () => {
    const plan = fc.record({
      isolates: fc.integer({ min: 1, max: 2 }),
      before: fc.array(
        fc.record({ tokens: fc.integer({ min: 1, max: 60 }), pauseMs: fc.integer({ min: 0, max: 9_000 }) }),
        {
          minLength: 3,
          maxLength: 25,
        },
      ),
      tokens: fc.integer({ min: 1, max: 100 }),
      requestsPerMinute: fc.integer({ min: 3, max: 12 }),
      roundTripMs: fc.integer({ min: 2, max: 140 }),
    });
    const property = fc.asyncProperty(plan, async ({ isolates, before, tokens, requestsPerMinute, roundTripMs }) => {
      vi.setSystemTime(startMs);
      const simulation = new Simulation(redis());
      simulation.roundTripMs = roundTripMs;
      await simulation.flush();
      const all = Array.from({ length: isolates }, () => simulation.createIsolate());
      const limits: Limits = { tokensPerMinute: 100, requestsPerMinute };
      let next = 0;
      const isolate = () => all[next++ % isolates] ?? simulation.createIsolate();
      const use = async () => {
        for (const { tokens: used, pauseMs } of before) {
          const admitted = await isolate().admit({ limits, tokens: used });
          if ('end' in admitted) admitted.end();
          await simulation.wait(pauseMs);
        }
        // Requests that wait for one acquisition are refused by one denial.
        const requests = Array.from({ length: 3 }, () => isolate().admit({ limits, tokens: 100 }));
        for (const admitted of await Promise.all(requests)) if ('end' in admitted) admitted.end();
        return await countRefusals(simulation, isolate, { limits, tokens });
      };
      expect(await simulation.run(use())).toBe(0);
    });
    await fc.assert(property, { numRuns });
  });

  it('is admitted by a limit of calls at once, if no call takes longer than those before', {
    timeout: 1_800_000,
  }, async () => {
    const plan = fc.record({
      slots: fc.integer({ min: 1, max: 3 }),
      callMs: fc.array(fc.integer({ min: 50, max: 12_000 }), { minLength: 1, maxLength: 4 }),
      refusedAfterMs: fc.integer({ min: 0, max: 14_000 }),
      hasHistory: fc.boolean(),
    });
    const property = fc.asyncProperty(plan, async ({ slots, callMs, refusedAfterMs, hasHistory }) => {
      vi.setSystemTime(startMs);
      const simulation = new Simulation(redis());
      await simulation.flush();
      const isolate = simulation.createIsolate();
      const limits: Limits = { concurrency: slots };
      const call = async (ms: number) => {
        const admitted = await isolate.admit({ limits });
        if (!('end' in admitted)) return;
        await simulation.wait(ms);
        admitted.end();
      };
      const use = async () => {
        if (hasHistory) await call(Math.max(...callMs));
        const calls = Array.from({ length: slots }, (_, index) => call(callMs[index % callMs.length] ?? 0));
        await simulation.wait(refusedAfterMs);
        const refusals = await countRefusals(simulation, () => isolate, { limits });
        await Promise.all(calls);
        return refusals;
      };
      expect(await simulation.run(use())).toBe(0);
    });
    await fc.assert(property, { numRuns });
  });
});
