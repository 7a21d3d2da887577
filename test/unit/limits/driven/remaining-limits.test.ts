import { describe, expect, it } from 'vitest';
import type { LimitOwner, Limits } from '../../../../src/domain/limits.ts';
import { createLogger } from '../../../../src/lib/logger.ts';
import { getLimitRules } from '../../../../src/limits/limit-rules.ts';
import { LimitStatusReader } from '../../../../src/limits/read-limit-status.ts';
import { type Isolate, installDrivenClock, Simulation, today } from './simulation.ts';

const redis = installDrivenClock(Date.parse('2026-11-25T12:00:00.250Z'));

const limits: Limits = {
  requestsPerMinute: 100,
  tokensPerMinute: 10_000,
  concurrency: 20,
  dailyBudgetNanoUsd: 1_000_000n,
  monthlyBudgetNanoUsd: 9_000_000n,
};

function createReader(isolate: Isolate) {
  const ledgerReads: string[][] = [];
  const reader = new LimitStatusReader({
    redis: isolate.redis,
    sumCharges: async (owners) => {
      ledgerReads.push(owners.map(({ scopeId }) => scopeId));
      return new Map([['key_1', { dayNanoUsd: 300n, monthNanoUsd: 5_000n }]]);
    },
    timeoutMs: 800,
    logger: createLogger('error', () => undefined),
    now: Date.now,
  });
  return { reader, ledgerReads };
}

async function createSimulation() {
  const simulation = new Simulation(redis());
  await simulation.flush();
  return { simulation, isolate: simulation.createIsolate() };
}

const ownerOf = ({ tenantId }: Simulation, scopeId = 'key_1'): LimitOwner => ({
  scope: 'key',
  scopeId,
  tenantId,
  limits,
});

/** Admits requests that cost 1,000 nano-dollars at most, and ends some of them. */
async function sendRequests(
  simulation: Simulation,
  isolate: Isolate,
  { count, ended }: { count: number; ended: number },
) {
  const admit = () => simulation.run(isolate.admit({ limits, tokens: 10, maxCostNanoUsd: 1_000 }));
  for (let index = 0; index < count; index += 1) {
    const admitted = await admit();
    if ('error' in admitted) throw admitted.error;
    if (index < ended) admitted.end(500);
  }
}

/** Returns all keys of Redis with what they hold. */
async function dump(simulation: Simulation): Promise<Record<string, unknown>> {
  const keys = (await simulation.command('KEYS', '*')) as string[];
  const entries: [string, unknown][] = [];
  for (const key of keys.sort()) {
    const type = await simulation.command('TYPE', key);
    const fields = type === 'hash' ? await simulation.command('HGETALL', key) : await simulation.command('GET', key);
    entries.push([key, fields]);
  }
  return Object.fromEntries(entries);
}

describe('what is left of limits', () => {
  it.each([
    [0, false],
    [61_200, false],
    [64_000, false],
    [35_000, true],
  ])(
    'is what an acquisition finds free after %s ms, and reading it changes nothing in Redis',
    async (waitMs, crashes) => {
      const { simulation, isolate } = await createSimulation();
      await sendRequests(simulation, isolate, { count: 12, ended: 9 });
      if (crashes) isolate.crash();
      await simulation.run(simulation.wait(waitMs));
      const other = simulation.createIsolate();
      const { reader, ledgerReads } = createReader(other);
      const before = await dump(simulation);
      const [remaining] = await simulation.run(reader.read([ownerOf(simulation)]));
      expect(await dump(simulation)).toEqual(before);
      expect(Object.keys(before).length).toBeGreaterThan(5);
      expect(ledgerReads).toEqual([]);
      const { tenantId } = simulation;
      const rules = getLimitRules({ keyId: 'key_1', tenantId }, { key: limits, tenant: {} });
      const requests = rules.map((rule) => ({ rule, shortfall: 0, demand: 0, forecast: 0 }));
      const acquisition = { id: 'lease_x', tenantId, keyId: 'key_1', day: today(), requests };
      const reply = await simulation.run(other.counters.acquire(acquisition));
      expect(reply.outcome).toBe('ok');
      expect(Object.values(remaining ?? {}).map(Number)).toEqual(reply.limits.map(({ freeAmount }) => freeAmount));
    },
  );

  it('goes down with requests, what isolates have leased ahead included', async () => {
    const { simulation, isolate } = await createSimulation();
    await sendRequests(simulation, isolate, { count: 6, ended: 1 });
    const [remaining] = await simulation.run(createReader(isolate).reader.read([ownerOf(simulation)]));
    expect(remaining?.requestsPerMinute).toBeLessThanOrEqual(94);
    expect(remaining?.requestsPerMinute).toBeGreaterThan(60);
    expect(remaining?.tokensPerMinute).toBeLessThanOrEqual(9_940);
    expect(remaining?.concurrency).toBeLessThanOrEqual(15);
    expect(remaining?.dailyBudgetNanoUsd).toBeLessThanOrEqual(1_000_000n - 500n - 5n * 1_000n);
  });

  it('comes from the ledger for budgets without a counter, and is whole for other limits that are unused', async () => {
    const { simulation, isolate } = await createSimulation();
    const { reader, ledgerReads } = createReader(isolate);
    const unlimited: LimitOwner = { ...ownerOf(simulation, 'key_3'), limits: { concurrency: 0 } };
    const owners = [ownerOf(simulation), ownerOf(simulation, 'key_2'), unlimited];
    expect(await simulation.run(reader.read(owners))).toEqual([
      { ...limits, dailyBudgetNanoUsd: 999_700n, monthlyBudgetNanoUsd: 8_995_000n },
      limits,
      { concurrency: 0 },
    ]);
    expect(ledgerReads).toEqual([['key_1', 'key_2']]);
    expect(await dump(simulation)).toEqual({});
  });

  it('of many keys and a tenant takes one round trip', async () => {
    const { simulation, isolate } = await createSimulation();
    await sendRequests(simulation, isolate, { count: 3, ended: 3 });
    await simulation.run(simulation.wait(10_000));
    const { tenantId } = simulation;
    const tenant: LimitOwner = { scope: 'tenant', scopeId: tenantId, tenantId, limits: { tokensPerMinute: 7 } };
    const keys = Array.from({ length: 400 }, (_, index) => ownerOf(simulation, `key_${index + 1}`));
    const roundTrips = isolate.roundTrips;
    const remaining = await simulation.run(createReader(isolate).reader.read([...keys, tenant]));
    expect(isolate.roundTrips - roundTrips).toBe(1);
    expect(remaining).toHaveLength(401);
    expect(remaining[0]?.requestsPerMinute).toBeLessThan(100);
    expect(remaining.slice(1, 400)).toEqual(keys.slice(1).map(() => limits));
    expect(remaining[400]).toEqual({ tokensPerMinute: 7 });
  });

  it('is never below zero', async () => {
    const { simulation, isolate } = await createSimulation();
    await sendRequests(simulation, isolate, { count: 5, ended: 0 });
    const low: LimitOwner = { ...ownerOf(simulation), limits: { requestsPerMinute: 1, dailyBudgetNanoUsd: 10n } };
    const remaining = await simulation.run(createReader(isolate).reader.read([low]));
    expect(remaining).toEqual([{ requestsPerMinute: 0, dailyBudgetNanoUsd: 0n }]);
  });

  it('is null where Redis does not answer in time, and nothing is read without limits', async () => {
    const { simulation, isolate } = await createSimulation();
    simulation.roundTripMs = 60_000;
    const { reader } = createReader(isolate);
    const startedAtMs = Date.now();
    const owners = [ownerOf(simulation), { ...ownerOf(simulation, 'key_2'), limits: {} }];
    expect(await simulation.run(reader.read(owners))).toEqual([null, null]);
    expect(Date.now() - startedAtMs).toBeLessThan(1_000);
    const roundTrips = isolate.roundTrips;
    expect(await simulation.run(reader.read(owners.slice(1)))).toEqual([{}]);
    expect(isolate.roundTrips).toBe(roundTrips);
  });
});
