import { describe, expect, it } from 'vitest';
import { createZipf } from '../../../support/zipf.ts';
import { type Isolate, installDrivenClock, isFullLoad, Simulation } from './simulation.ts';

const redis = installDrivenClock(Date.parse('2026-11-25T12:00:00.250Z'));
const endUsers = isFullLoad ? 10_000 : 150;
const clients = 64;
const burst = 10;
/** What each end user may do: twenty requests. */
const limit = 20;
const maxCostNanoUsd = 1_000;
const limits = {
  'requests a minute': { requestsPerMinute: limit },
  'a daily budget': { dailyBudgetNanoUsd: BigInt(limit * maxCostNanoUsd) },
  both: { requestsPerMinute: limit, dailyBudgetNanoUsd: BigInt(limit * maxCostNanoUsd) },
};

/** Two isolates, and what each end user has asked for and got. */
async function createLoad(keyEndUserLimits: (typeof limits)[keyof typeof limits]) {
  const simulation = new Simulation(redis());
  await simulation.flush();
  const isolates = [simulation.createIsolate(), simulation.createIsolate()];
  const requested = new Map<number, number>();
  const admitted = new Map<number, number>();
  let requests = 0;
  const request = async (isolate: Isolate | undefined, user: number) => {
    requests += 1;
    const outcome = await isolate?.admit({ keyEndUserLimits, endUser: `u${user}`, maxCostNanoUsd });
    if (outcome && 'end' in outcome) {
      admitted.set(user, (admitted.get(user) ?? 0) + 1);
      setTimeout(() => outcome.end(maxCostNanoUsd), 60);
    }
  };
  const sendBurst = async (user: number, size = burst) => {
    requested.set(user, (requested.get(user) ?? 0) + size);
    await Promise.all(Array.from({ length: size }, (_, index) => request(isolates[index % 2], user)));
    await simulation.wait(60);
  };
  /** Sends bursts of these end users, so many at a time. */
  const run = async (users: Iterator<number>, size?: number) => {
    const client = async () => {
      for (let next = users.next(); !next.done; next = users.next()) await sendBurst(next.value, size);
    };
    await simulation.run(Promise.all(Array.from({ length: clients }, client)));
    await simulation.run(simulation.wait(6_000));
  };
  const measure = (name: string) => {
    const perRequest = simulation.scripts / requests;
    console.log(`${name}: ${simulation.scripts} scripts for ${requests} requests, ${perRequest.toFixed(3)} each`);
    return perRequest;
  };
  return { simulation, requested, admitted, run, measure };
}

function* listUsers(next: () => number): Generator<number> {
  for (let count = 0; count < 3 * endUsers; count += 1) yield next();
}

const cases = Object.entries(limits);

describe(`${endUsers} end users of two isolates`, () => {
  it.each(cases)('are admitted exactly as often as %s allow', { timeout: 600_000 }, async (name, endUserLimits) => {
    const { requested, admitted, run, measure } = await createLoad(endUserLimits);
    await run(listUsers(createZipf(endUsers)));
    expect(measure(`bursts, ${name}`)).toBeLessThanOrEqual(0.3);
    // What one isolate did not use was not free for the other.
    const isShort = (user: number) => (admitted.get(user) ?? 0) < Math.min(limit, requested.get(user) ?? 0);
    await run([...requested.keys()].filter(isShort).values());
    const wrong = [...requested].filter(([user, count]) => admitted.get(user) !== Math.min(limit, count));
    expect(wrong).toEqual([]);
  });

  it.each(cases)(
    'take little more than a script each if each has one request, under %s',
    {
      timeout: 600_000,
    },
    async (name, endUserLimits) => {
      const { admitted, run, measure } = await createLoad(endUserLimits);
      // The first one of a day finds no marker.
      await run([endUsers].values(), 1);
      await run(Array.from({ length: endUsers }, (_, user) => user).values(), 1);
      expect(admitted.size).toBe(endUsers + 1);
      expect(measure(`once, ${name}`)).toBeLessThanOrEqual(1.1);
    },
  );
});
