import type { Redis } from '@upstash/redis/cloudflare';
import { describe, expect, it } from 'vitest';
import type { LimitRule } from '../../../../src/domain/limits.ts';
import { maxNewEndUsersPerHour } from '../../../../src/limits/acquire-script.ts';
import { endUserKeys } from '../../../../src/limits/counter-keys.ts';
import { getSubject } from '../../../../src/limits/end-users.ts';
import { forgetEndUserCounters } from '../../../../src/limits/forget-counters.ts';
import { getLimitRules } from '../../../../src/limits/limit-rules.ts';
import { type Isolate, installDrivenClock, Simulation, today } from './simulation.ts';

const startMs = Date.parse('2026-11-25T12:00:00.250Z');
const redis = installDrivenClock(startMs);
const maxCostNanoUsd = 1_000;

async function createSimulation(): Promise<Simulation> {
  const simulation = new Simulation(redis());
  await simulation.flush();
  return simulation;
}

type Outcome = Awaited<ReturnType<Isolate['admit']>>;

const isAdmitted = (outcome: Outcome) => 'end' in outcome;
const end = (outcome: Outcome, costNanoUsd = 0) => void ('end' in outcome && outcome.end(costNanoUsd));
const messageOf = (outcome: Outcome) => ('error' in outcome ? outcome.error.message : 'admitted');

/** Returns the rule of a daily budget of an end user of `key_1`. */
function budgetRule(simulation: Simulation, endUser: string | undefined): LimitRule {
  const owner = { keyId: 'key_1', tenantId: simulation.tenantId, endUser };
  const [rule] = getLimitRules(owner, { key: {}, tenant: {}, keyEndUser: { dailyBudgetNanoUsd: 1n } });
  if (!rule) throw new Error('no rule');
  return rule;
}

describe('the rates of end users', () => {
  const keyEndUserLimits = { requestsPerMinute: 20 };

  it('admit the limit of each end user over two isolates, and nothing more', async () => {
    const simulation = await createSimulation();
    const isolates = [simulation.createIsolate(), simulation.createIsolate()];
    const admitted = new Map<string, number>();
    const burst = async (endUser: string) => {
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) => isolates[index % 2]?.admit({ keyEndUserLimits, endUser })),
      );
      for (const outcome of outcomes) {
        if (outcome && isAdmitted(outcome)) admitted.set(endUser, (admitted.get(endUser) ?? 0) + 1);
        if (outcome) end(outcome);
      }
    };
    const users = Array.from({ length: 30 }, (_, index) => `u${index}`);
    for (let round = 0; round < 3; round += 1) {
      await simulation.run(Promise.all(users.map(burst)));
      // Unused quota has gone back by then.
      await simulation.run(simulation.wait(5_000));
    }
    expect([...admitted.values()]).toEqual(users.map(() => 20));
    expect(simulation.scripts / (users.length * 30)).toBeLessThan(0.3);
  });

  it('take one script for an end user, and one more to return the quota of a hundred', async () => {
    const simulation = await createSimulation();
    const isolate = simulation.createIsolate();
    const users = Array.from({ length: 200 }, (_, index) => `u${index}`);
    const outcomes = await simulation.run(
      Promise.all(users.map((endUser) => isolate.admit({ keyEndUserLimits, endUser }))),
    );
    expect(outcomes.every(isAdmitted)).toBe(true);
    await simulation.run(simulation.wait(5_000));
    expect(simulation.scripts).toBeLessThanOrEqual(200 * 1.1);
  });

  it('do not let one end user wait for another', async () => {
    const simulation = await createSimulation();
    const isolate = simulation.createIsolate();
    const startedAtMs = Date.now();
    await simulation.run(
      Promise.all(['u1', 'u2', 'u3'].map((endUser) => isolate.admit({ keyEndUserLimits, endUser }))),
    );
    expect(Date.now() - startedAtMs).toBeLessThanOrEqual(simulation.roundTripMs);
  });

  it('apply beside those of the key and over all keys of the tenant', async () => {
    const simulation = await createSimulation();
    const isolate = simulation.createIsolate();
    const tenantEndUserLimits = { requestsPerMinute: 2 };
    const admit = (keyId: string, endUser?: string) =>
      simulation.run(isolate.admit({ keyId, endUser, tenantEndUserLimits, limits: { requestsPerMinute: 4 } }));
    expect(messageOf(await admit('key_1', 'u7'))).toBe('admitted');
    expect(messageOf(await admit('key_2', 'u7'))).toBe('admitted');
    expect(messageOf(await admit('key_2', 'u7'))).toContain('The limit of end user "u7" is 2 requests a minute');
    expect(messageOf(await admit('key_1'))).toBe('admitted');
    expect(messageOf(await admit('key_1'))).toBe('admitted');
    expect(messageOf(await admit('key_1'))).toContain('of requests without an end user');
    expect(messageOf(await admit('key_1', 'u8'))).toBe('admitted');
    expect(messageOf(await admit('key_1', 'u9'))).toContain('The limit of this API key is 4 requests');
  });

  it('leave no id of an end user in Redis, and keys that expire', async () => {
    const simulation = await createSimulation();
    const isolate = simulation.createIsolate();
    const endUserLimits = { keyEndUserLimits: { ...keyEndUserLimits, dailyBudgetNanoUsd: 10_000n, concurrency: 3 } };
    const endUser = 'user@example.com';
    await simulation.run(isolate.admit({ ...endUserLimits, endUser, maxCostNanoUsd }));
    const keys = (await simulation.command('KEYS', '*')) as string[];
    expect(keys.length).toBeGreaterThan(4);
    expect(keys.join()).not.toContain('example');
    for (const key of keys.filter((one) => !one.endsWith(':holds'))) {
      expect(Number(await simulation.command('TTL', key)), key).toBeGreaterThan(0);
      expect(key.length).toBeLessThan(120);
    }
  });
});

describe('10,000 new end users in an hour', () => {
  const keyEndUserLimits = { requestsPerMinute: 2, dailyBudgetNanoUsd: 3_000n };

  async function createCrowd(registered: number) {
    const simulation = await createSimulation();
    const [, newcomers] = endUserKeys(simulation.tenantId);
    const hour = Math.floor(Date.now() / 3_600_000);
    await simulation.command('SET', newcomers, `${hour}:${registered}`);
    const isolates = [simulation.createIsolate(), simulation.createIsolate()] as const;
    const admit = (isolate: Isolate | undefined, endUser?: string) =>
      simulation.run((isolate ?? isolates[0]).admit({ endUser, keyEndUserLimits, maxCostNanoUsd }));
    return { simulation, isolates, admit };
  }

  it('get counters of their own, and the next ones share theirs on all isolates', async () => {
    const { simulation, isolates, admit } = await createCrowd(maxNewEndUsersPerHour - 1);
    expect(messageOf(await admit(isolates[0], 'last'))).toBe('admitted');
    expect(messageOf(await admit(isolates[0], 'late1'))).toBe('admitted');
    expect(messageOf(await admit(isolates[1], 'late2'))).toBe('admitted');
    expect(messageOf(await admit(isolates[1], 'late3'))).toContain(
      'The limit of end user "late3" of this API key, which it shares with other new ones, is 2 requests a minute',
    );
    expect(messageOf(await admit(isolates[1], 'last'))).toBe('admitted');
    expect(messageOf(await admit(isolates[0], undefined))).toBe('admitted');
    const keys = (await simulation.command('KEYS', '*')) as string[];
    expect(keys.filter((key) => key.includes(getSubject('late1')))).toEqual([]);
    expect(keys.filter((key) => key.includes(':u:other:')).length).toBe(2);
  });

  it('keep the number of keys and of scripts bounded for a client that invents more', async () => {
    const { simulation, isolates } = await createCrowd(maxNewEndUsersPerHour);
    const admit = (index: number) =>
      isolates[index % 2]?.admit({ endUser: `invented${index}`, keyEndUserLimits, maxCostNanoUsd });
    const outcomes = await simulation.run(Promise.all(Array.from({ length: 500 }, (_, index) => admit(index))));
    expect(outcomes.filter((outcome) => outcome && isAdmitted(outcome))).toHaveLength(2);
    const keys = (await simulation.command('KEYS', '*')) as string[];
    expect(keys.length).toBeLessThan(10);
  });

  it('are known in the next hour, and a new one there gets what the ledger has charged it', async () => {
    const { simulation, isolates, admit } = await createCrowd(maxNewEndUsersPerHour - 1);
    await admit(isolates[0], 'last');
    end(await admit(isolates[0], 'late'), 900);
    await simulation.run(simulation.wait(3_600_000));
    const [registry, newcomers] = endUserKeys(simulation.tenantId);
    await admit(isolates[0], 'last');
    expect(await simulation.command('GET', newcomers)).toBe(`${Math.floor(startMs / 3_600_000)}:10000`);
    end(await admit(isolates[1], 'late'), 500);
    expect(Number(await simulation.command('ZCARD', registry))).toBe(2);
    await simulation.run(simulation.wait(15_000));
    const compared = await simulation.compareBudget(budgetRule(simulation, 'late'), today());
    expect(compared).toEqual({ counter: 1_400, ledger: 1_400, onHold: 0 });
  });
});

describe('the budgets of end users', () => {
  const keyEndUserLimits = { dailyBudgetNanoUsd: 3_000n };

  it('take one script for each new end user, and ask the ledger once', async () => {
    const simulation = await createSimulation();
    const isolate = simulation.createIsolate();
    end(await simulation.run(isolate.admit({ keyEndUserLimits, endUser: 'u0', maxCostNanoUsd })));
    simulation.scripts = 0;
    const users = Array.from({ length: 200 }, (_, index) => `user${index}`);
    const outcomes = await simulation.run(
      Promise.all(users.map((endUser) => isolate.admit({ keyEndUserLimits, endUser, maxCostNanoUsd }))),
    );
    for (const outcome of outcomes) end(outcome, 500);
    await simulation.run(simulation.wait(10_000));
    expect(simulation.scripts).toBeLessThanOrEqual(200 * 1.1);
    expect(simulation.endUserQueries).toBe(1);
    const compared = await simulation.compareBudget(budgetRule(simulation, 'user7'), today());
    expect(compared).toEqual({ counter: 500, ledger: 500, onHold: 0 });
  });

  it('count what end users have spent before the budget was set, and requests without an end user too', async () => {
    const simulation = await createSimulation();
    const isolate = simulation.createIsolate();
    for (const endUser of ['u1', undefined])
      end(await simulation.run(isolate.admit({ endUser, maxCostNanoUsd })), 2_500);
    await simulation.run(simulation.wait(10_000));
    const admit = (endUser: string | undefined) =>
      simulation.run(isolate.admit({ endUser, keyEndUserLimits, maxCostNanoUsd }));
    expect(messageOf(await admit('u1'))).toContain('The daily budget of end user "u1" of this API key is');
    expect(messageOf(await admit(undefined))).toContain('of requests without an end user');
    expect(messageOf(await admit('u2'))).toBe('admitted');
  });
});

describe('end users that a refused key invents', () => {
  it('get no counters, and ask the ledger nothing', async () => {
    const simulation = await createSimulation();
    const isolate = simulation.createIsolate();
    const limits = { requestsPerMinute: 3 };
    const keyEndUserLimits = { dailyBudgetNanoUsd: 100_000n };
    const admit = (endUser: string) =>
      simulation.run(isolate.admit({ endUser, limits, keyEndUserLimits, maxCostNanoUsd }));
    // Markers say from now on that missing counters may have spent something.
    end(await simulation.run(isolate.admit({ endUser: 'u0', maxCostNanoUsd })), 500);
    await simulation.run(simulation.wait(10_000));
    for (const endUser of ['u1', 'u2', 'u3']) expect(messageOf(await admit(endUser))).toBe('admitted');
    const countBudgets = async () =>
      ((await simulation.command('KEYS', `limits:{${simulation.tenantId}}:key_1:u:*:budget:*`)) as string[]).length;
    const before = await countBudgets();
    let ledgerQueries = 0;
    const { sumCharges } = simulation.ledger;
    Object.assign(simulation.ledger, {
      sumCharges: (query: Parameters<typeof sumCharges>[0]) => {
        ledgerQueries += 1;
        return sumCharges(query);
      },
    });
    for (let wave = 0; wave < 5; wave += 1) {
      const invented = Array.from({ length: 50 }, (_, index) => `invented${wave}-${index}`);
      const outcomes = await simulation.run(
        Promise.all(invented.map((endUser) => isolate.admit({ endUser, limits, keyEndUserLimits, maxCostNanoUsd }))),
      );
      for (const outcome of outcomes) expect(messageOf(outcome)).toContain('is 3 requests a minute');
      await simulation.run(simulation.wait(1_100));
    }
    expect([await countBudgets(), ledgerQueries]).toEqual([before, 0]);
  });
});

describe('an end user that is forgotten', () => {
  it('has no counter and no trace in Redis, and others keep theirs', async () => {
    const simulation = await createSimulation();
    const isolate = simulation.createIsolate();
    const keyEndUserLimits = { requestsPerMinute: 2, dailyBudgetNanoUsd: 3_000n };
    for (const endUser of ['u1', 'u2'])
      end(await simulation.run(isolate.admit({ endUser, keyEndUserLimits, maxCostNanoUsd })), 500);
    await simulation.run(simulation.wait(10_000));
    const commands: Promise<unknown>[] = [];
    const add = (...command: string[]) => {
      commands.push(simulation.command(...command));
      return pipeline;
    };
    const pipeline = {
      zrem: (...parts: string[]) => add('ZREM', ...parts),
      del: (...keys: string[]) => add('DEL', ...keys),
      exec: () => Promise.all(commands),
    };
    const { tenantId } = simulation;
    const forgotten = { tenantId, keyIds: ['key_1'], endUser: 'u1', nowMs: Date.now() };
    expect(await forgetEndUserCounters({ pipeline: () => pipeline } as unknown as Redis, forgotten)).toBe(2);
    const keys = String(await simulation.command('KEYS', '*'));
    expect([keys.includes(getSubject('u1')), keys.includes(getSubject('u2'))]).toEqual([false, true]);
    const [registry] = endUserKeys(tenantId);
    expect(await simulation.command('ZRANGE', registry, '0', '-1')).toEqual([getSubject('u2')]);
  });
});
