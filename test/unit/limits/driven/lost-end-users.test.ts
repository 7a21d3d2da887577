import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { getLimitRules } from '../../../../src/limits/limit-rules.ts';
import { installDrivenClock, isFullLoad, Simulation, today } from './simulation.ts';

const startMs = Date.parse('2026-11-25T12:00:00.250Z');
const redis = installDrivenClock(startMs);
const maxCostNanoUsd = 1_000;
const spendMs = 16_000;

interface Plan {
  readonly isolates: number;
  readonly clients: number;
  readonly endUsers: number;
  readonly callMs: number;
  readonly queueDelayMs: readonly number[];
  /** When Redis loses its keys, and when an isolate crashes. */
  readonly lossesAtMs: readonly number[];
  readonly crashAtMs: number | undefined;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  isolates: fc.integer({ min: 1, max: 3 }),
  clients: fc.integer({ min: 3, max: 9 }),
  endUsers: fc.integer({ min: 1, max: 5 }),
  callMs: fc.integer({ min: 100, max: 1_500 }),
  queueDelayMs: fc.array(fc.integer({ min: 300, max: 6_000 }), { minLength: 1, maxLength: 5 }),
  lossesAtMs: fc.array(fc.integer({ min: 1_000, max: 13_000 }), { minLength: 0, maxLength: 4 }),
  crashAtMs: fc.option(fc.integer({ min: 2_000, max: 13_000 }), { nil: undefined }),
});

interface Spent {
  spent: number;
  inProgress: number;
  /** What requests in progress could cost at most when Redis lost its keys. */
  lost: number;
}

/** Spends the budgets of end users under load while Redis loses its keys. */
async function spend({ isolates, clients, endUsers, callMs, queueDelayMs, lossesAtMs, crashAtMs }: Plan) {
  const simulation = new Simulation(redis());
  await simulation.flush();
  let rowCount = 0;
  simulation.queueDelayMs = () => queueDelayMs[rowCount++ % queueDelayMs.length] ?? 0;
  const all = Array.from({ length: isolates }, () => simulation.createIsolate());
  const users = new Map(
    Array.from({ length: endUsers }, (_, index): [string, Spent] => [
      `u${index}`,
      { spent: 0, inProgress: 0, lost: 0 },
    ]),
  );
  const budget = Math.ceil(((spendMs / 2 / callMs) * clients * maxCostNanoUsd * 0.75) / endUsers);
  const keyEndUserLimits = { dailyBudgetNanoUsd: BigInt(budget) };
  const client = async (number: number) => {
    for (let call = number; Date.now() < startMs + spendMs; call += 7) {
      const isolate = all[number % isolates];
      const endUser = `u${call % endUsers}`;
      const user = users.get(endUser);
      if (!isolate || !user) throw new Error('unknown');
      const admitted = await isolate.admit({ keyEndUserLimits, endUser, maxCostNanoUsd });
      if (isolate.hasCrashed) return;
      if ('error' in admitted) {
        expect(admitted.error.code).toBe('budget_exceeded');
        await simulation.wait(500);
        continue;
      }
      user.inProgress += 1;
      await simulation.wait(callMs + (call % 3) * 10);
      user.inProgress -= 1;
      if (isolate.hasCrashed) return;
      const cost = (call % 2) * 250 + 500;
      admitted.end(cost);
      user.spent += cost;
    }
  };
  const lose = async (atMs: number) => {
    await simulation.wait(atMs);
    for (const user of users.values()) user.lost += user.inProgress * maxCostNanoUsd;
    await simulation.flush();
  };
  const crash = async (atMs: number) => {
    await simulation.wait(atMs);
    if (isolates > 1) all[0]?.crash();
  };
  const events = [...lossesAtMs.map(lose), ...(crashAtMs === undefined ? [] : [crash(crashAtMs)])];
  await simulation.run(Promise.all([...Array.from({ length: clients }, (_, number) => client(number)), ...events]));
  await simulation.run(simulation.wait(60_000));
  const owner = { keyId: 'key_1', tenantId: simulation.tenantId };
  const results = [];
  for (const [endUser, user] of users) {
    const [rule] = getLimitRules({ ...owner, endUser }, { key: {}, tenant: {}, keyEndUser: keyEndUserLimits });
    if (rule) results.push({ budget, ...user, ...(await simulation.compareBudget(rule, today())) });
  }
  return results;
}

describe('a Redis that loses all keys under load', () => {
  it('ends with the budget of each end user spent at most by what it had in flight, and counters that count all rows', {
    timeout: 1_800_000,
  }, async () => {
    const property = fc.asyncProperty(plan, async (one) => {
      vi.setSystemTime(startMs);
      const hasCrashed = one.crashAtMs !== undefined && one.isolates > 1;
      for (const { budget, spent, lost, ledger, onHold, counter } of await spend(one)) {
        expect(ledger).toBe(spent);
        expect(spent).toBeLessThanOrEqual(budget + lost);
        // The counter of an end user without a request since the last loss is created with its next one.
        if (counter === 0) continue;
        const missing = ledger + onHold - counter;
        expect(missing).toBeGreaterThanOrEqual(0);
        expect(missing).toBeLessThanOrEqual(hasCrashed ? onHold : 0);
        if (!hasCrashed) expect(onHold).toBe(0);
      }
    });
    await fc.assert(property, { numRuns: isFullLoad ? 100 : 4 });
  });
});
