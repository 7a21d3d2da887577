import { describe, expect, it } from 'vitest';
import { installDrivenClock, Simulation } from './simulation.ts';

const redis = installDrivenClock(Date.parse('2026-11-25T12:00:00.250Z'));
const budget = { dailyBudgetNanoUsd: 1_000_000_000n };
const rate = { requestsPerMinute: 40 };

/** Creates an isolate that Redis has answered, and then lets its leases end. */
async function createUsedIsolate(onFailure: 'local' | 'refuse' = 'refuse') {
  const simulation = new Simulation(redis());
  await simulation.flush();
  const isolate = simulation.createIsolate(onFailure);
  const first = simulation.run(isolate.admit({ limits: { ...budget, ...rate }, maxCostNanoUsd: 1_000 }));
  const admitted = await first;
  if ('end' in admitted) admitted.end();
  await simulation.run(simulation.wait(4_000));
  const admit = async (limits: typeof budget | typeof rate) => {
    const startedAtMs = Date.now();
    const outcome = await simulation.run(isolate.admit({ limits, maxCostNanoUsd: 1_000 }));
    return { code: 'error' in outcome ? outcome.error.code : 'admitted', ms: Date.now() - startedAtMs };
  };
  return { simulation, isolate, admit };
}

describe('a Redis that is late', () => {
  it('is waited for where a request cannot be admitted without it', async () => {
    const { simulation, admit } = await createUsedIsolate();
    simulation.roundTripMs = 1_200;
    expect(await admit(budget)).toEqual({ code: 'admitted', ms: 1_200 });
    expect(await admit(rate)).toMatchObject({ code: 'admitted' });
  });

  it('is waited for by all requests of a burst', async () => {
    const { simulation, isolate } = await createUsedIsolate();
    simulation.roundTripMs = 1_200;
    const burst = Array.from({ length: 64 }, () => isolate.admit({ limits: budget, maxCostNanoUsd: 1_000 }));
    const outcomes = await simulation.run(Promise.all(burst));
    expect(outcomes.filter((outcome) => 'error' in outcome)).toEqual([]);
  });

  it('does not keep requests that each isolate may count alone, until their local share is used up', async () => {
    const { simulation, isolate } = await createUsedIsolate('local');
    simulation.roundTripMs = 1_200;
    const startedAtMs = Date.now();
    const times: number[] = [];
    const burst = Array.from({ length: 20 }, async () => {
      const outcome = await isolate.admit({ limits: rate });
      times.push(Date.now() - startedAtMs);
      return outcome;
    });
    const outcomes = await simulation.run(Promise.all(burst));
    expect(outcomes.filter((outcome) => 'error' in outcome)).toEqual([]);
    // A quarter of the limit.
    expect(times.filter((ms) => ms <= 330)).toHaveLength(10);
    expect(Math.max(...times)).toBeGreaterThanOrEqual(1_200);
  });
});

describe('a Redis that hangs', () => {
  it('is noticed after 1.5 s, then after 150 ms, and then at once', async () => {
    const { simulation, admit } = await createUsedIsolate();
    simulation.roundTripMs = 1_000_000;
    expect(await admit(budget)).toEqual({ code: 'unavailable', ms: 1_500 });
    for (let failures = 1; failures < 5; failures += 1)
      expect(await admit(budget)).toEqual({ code: 'unavailable', ms: 150 });
    expect(await admit(budget)).toEqual({ code: 'unavailable', ms: 0 });
  });
});
