import { describe, expect, it } from 'vitest';
import { createProvider } from '../../../../src/providers/create-provider.ts';
import type { Provider } from '../../../../src/providers/provider.ts';
import { maxSharedCooldowns } from '../../../../src/routing/cooldown-script.ts';
import { getDescriptor, providerOptions } from '../../../support/provider-options.ts';
import { type Isolate, installDrivenClock, Simulation } from './simulation.ts';

const redis = installDrivenClock(Date.parse('2026-11-25T12:00:00.250Z'));
const limits = { requestsPerMinute: 1_000 };
const model = 'gpt-4o-mini';
const [operatorKeys, tenantKeys] = ['cooldowns:{targets}:operator', 'cooldowns:{targets}:tenants'];
/** By then leases and the time between two exchanges are over. */
const nextRoundTripMs = 3_000;

/** A provider of one isolate: no two isolates have the same object. */
const open = (apiKey = 'sk-operator', isByok = false): Provider =>
  createProvider(providerOptions(getDescriptor('openai'), { apiKey, isByok }));

/** One isolate with its provider. */
class Member {
  readonly #simulation: Simulation;
  readonly isolate: Isolate;
  readonly provider = open();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.isolate = simulation.createIsolate();
  }

  /** Sends a request that is admitted within limits. With `isRouted` it asks for the cooldown of its target first. */
  async request({ isRouted = true } = {}): Promise<void> {
    if (isRouted) this.cooldownMs();
    const outcome = await this.#simulation.run(this.isolate.admit({ limits }));
    if ('end' in outcome) outcome.end();
    else throw outcome.error;
  }

  /** Sends a request once the leases of the last one have ended, so that it makes a round trip. */
  async makeRoundTrip(): Promise<void> {
    await this.#simulation.run(this.#simulation.wait(nextRoundTripMs));
    await this.request();
  }

  fail(times: number, retryAfterMs?: number): void {
    this.cooldownMs();
    for (let count = 0; count < times; count += 1)
      this.isolate.health.recordFailure(this.provider, model, retryAfterMs);
  }

  /** Tries the target and gets its answer. */
  succeed(): void {
    this.isolate.health.recordStart(this.provider, model);
    this.isolate.health.recordAnswer(this.provider, model);
    this.isolate.health.recordSuccess(this.provider, model);
  }

  cooldownMs(provider = this.provider, ofModel = model): number {
    return Math.max(0, (this.isolate.health.cooldownUntilMs(provider, ofModel) ?? 0) - Date.now());
  }
}

async function createMembers() {
  const simulation = new Simulation(redis());
  await simulation.flush();
  const members = [new Member(simulation), new Member(simulation), new Member(simulation)] as const;
  const wait = (ms: number) => simulation.run(simulation.wait(ms));
  return { simulation, members, wait };
}

describe('a cooldown', () => {
  it('reaches other isolates with the next round trips, for that model and that API key', async () => {
    const { members, wait } = await createMembers();
    const [first, second] = members;
    await first.request();
    await second.request();
    first.fail(5);
    await second.makeRoundTrip();
    expect(second.cooldownMs()).toBe(0);
    first.fail(1);
    const untilMs = Date.now() + first.cooldownMs();
    await first.request();
    await second.makeRoundTrip();
    expect(Date.now() + second.cooldownMs()).toBeGreaterThan(untilMs - 100);
    expect(Date.now() + second.cooldownMs()).toBeLessThanOrEqual(untilMs + 1);
    expect(second.cooldownMs(open())).toBeGreaterThan(0);
    expect(second.cooldownMs(second.provider, 'gpt-4o')).toBe(0);
    expect(second.cooldownMs(open('sk-other'))).toBe(0);
    expect(second.cooldownMs(open('sk-operator', true))).toBe(0);
    await wait(second.cooldownMs());
    expect(second.cooldownMs()).toBe(0);
  });

  it('ends elsewhere with one probe, whose failure doubles it for all', async () => {
    const { members, wait } = await createMembers();
    const [first, second, third] = members;
    first.fail(5);
    for (const member of members) await member.makeRoundTrip();
    await wait(10_000);
    const { health } = second.isolate;
    expect(second.cooldownMs()).toBe(0);
    health.recordStart(second.provider, model);
    expect(second.cooldownMs()).toBe(30_000);
    second.fail(1);
    expect(second.cooldownMs()).toBe(20_000);
    await second.makeRoundTrip();
    await third.makeRoundTrip();
    expect(third.cooldownMs()).toBeGreaterThan(10_000);
  });

  it('waits for a probe in an isolate that has sent nothing meanwhile', async () => {
    const { members, wait } = await createMembers();
    const [first, second] = members;
    first.fail(5);
    await first.makeRoundTrip();
    await second.makeRoundTrip();
    await wait(20_000);
    await second.request();
    second.isolate.health.recordStart(second.provider, model);
    expect(second.cooldownMs()).toBe(30_000);
  });

  it('never shortens one that began here', async () => {
    const { members } = await createMembers();
    const [first, second] = members;
    first.fail(1, 4_000);
    second.fail(1, 60_000);
    await first.makeRoundTrip();
    await second.request();
    expect(second.cooldownMs()).toBeGreaterThan(56_000);
    await first.makeRoundTrip();
    expect(first.cooldownMs()).toBeGreaterThan(50_000);
  });

  it('ends in all isolates that have learned of it when a request has succeeded', async () => {
    const { members } = await createMembers();
    const [first, second, third] = members;
    first.fail(1, 60_000);
    for (const member of members) await member.makeRoundTrip();
    expect(third.cooldownMs()).toBeGreaterThan(50_000);
    second.succeed();
    expect(second.cooldownMs()).toBe(0);
    await second.makeRoundTrip();
    await third.makeRoundTrip();
    expect(second.cooldownMs()).toBe(0);
    expect(third.cooldownMs()).toBe(0);
    expect(first.cooldownMs()).toBeGreaterThan(0);
  });

  it('of a refused API key covers all models, for the tenant that has brought it', async () => {
    const { members } = await createMembers();
    const [first, second] = members;
    await first.request();
    first.isolate.health.recordKeyFailure(open('sk-tenant', true));
    await first.makeRoundTrip();
    await second.request();
    expect(second.cooldownMs(open('sk-tenant', true), 'any')).toBeGreaterThan(5_000);
    expect(second.cooldownMs(open('sk-tenant-2', true), 'any')).toBe(0);
    expect(second.cooldownMs()).toBe(0);
  });
});

describe('the round trips', () => {
  /** The round trips of 20 requests in 20 s, in which a target fails. */
  async function countRoundTrips(isRouted: boolean) {
    const { simulation, members, wait } = await createMembers();
    const [member] = members;
    for (let count = 0; count < 20; count += 1) {
      if (isRouted) member.fail(1);
      await member.request({ isRouted });
      await wait(1_000);
    }
    const { roundTrips, cooldownExchanges } = member.isolate;
    return { roundTrips, cooldownExchanges, keys: await simulation.command('KEYS', 'cooldowns:*') };
  }

  it('are as many with cooldowns as without, and have none with them where no request asks for one', async () => {
    const without = await countRoundTrips(false);
    const withCooldowns = await countRoundTrips(true);
    expect(without).toMatchObject({ cooldownExchanges: 0, keys: [] });
    expect(without.roundTrips).toBeGreaterThan(10);
    expect(withCooldowns).toMatchObject({ roundTrips: without.roundTrips, keys: [operatorKeys] });
    expect(withCooldowns.cooldownExchanges).toBeGreaterThan(10);
  });

  it('have cooldowns with them once a second where there is none to publish', async () => {
    const { simulation, members, wait } = await createMembers();
    const [member] = members;
    const { counters } = member.isolate;
    for (let count = 0; count < 50; count += 1) {
      member.cooldownMs();
      await simulation.run(counters.applyChanges([{ type: 'return_quota', key: 'rate', second: 1, amount: 1 }]));
      await wait(96);
    }
    expect(member.isolate.roundTrips).toBe(50);
    expect(member.isolate.cooldownExchanges).toBe(5);
  });
});

describe('Redis', () => {
  it('keeps no API key, and a bounded number of cooldowns for a bounded time', async () => {
    const { simulation, members } = await createMembers();
    const [first, second] = members;
    first.fail(1, 60_000);
    await first.makeRoundTrip();
    for (let key = 0; key < 2 * maxSharedCooldowns; key += 1) {
      if (key % maxSharedCooldowns === 0) await first.makeRoundTrip();
      first.cooldownMs();
      first.isolate.health.recordKeyFailure(open(`sk-tenant-${key}`, true));
    }
    await first.makeRoundTrip();
    expect(await simulation.command('ZCARD', tenantKeys)).toBe(maxSharedCooldowns);
    expect(Number(await simulation.command('PTTL', operatorKeys))).toBeLessThanOrEqual(120_000);
    const ids = String(await simulation.command('ZRANGE', tenantKeys, '0', '-1'));
    expect(ids).toMatch(/^([\w-]{22},?)+$/);
    await second.makeRoundTrip();
    expect(second.cooldownMs()).toBeGreaterThan(30_000);
  });

  it('blocks no target for longer than any cooldown can, by a wrong value', async () => {
    const { simulation, members } = await createMembers();
    const [first, second] = members;
    first.fail(1, 60_000);
    await first.makeRoundTrip();
    const [id = ''] = (await simulation.command('ZRANGE', operatorKeys, '0', '-1')) as string[];
    for (const score of [String(Date.now() + 150_000), '1e300', '+inf']) {
      await simulation.command('ZADD', operatorKeys, score, id);
      await second.makeRoundTrip();
      expect(second.cooldownMs()).toBe(0);
      expect(await simulation.command('ZCARD', operatorKeys)).toBe(0);
    }
  });

  it('admits requests while the cooldowns in it are not what they should be', async () => {
    const { simulation, members } = await createMembers();
    const [first, second] = members;
    await simulation.command('SET', operatorKeys, 'no set');
    first.fail(5, 60_000);
    await first.makeRoundTrip();
    await second.makeRoundTrip();
    expect(first.isolate.cooldownExchanges).toBeGreaterThan(0);
    expect(second.cooldownMs()).toBe(0);
    await simulation.command('DEL', operatorKeys);
    await first.makeRoundTrip();
    await second.makeRoundTrip();
    expect(second.cooldownMs()).toBeGreaterThan(0);
  });

  it('leaves each isolate its own cooldowns while it does not answer, and gets them afterwards', async () => {
    const { simulation, members, wait } = await createMembers();
    const [first, second] = members;
    await first.request();
    simulation.roundTripMs = 1_000_000;
    await wait(nextRoundTripMs);
    first.fail(1, 60_000);
    await expect(first.request()).rejects.toMatchObject({ code: 'unavailable' });
    expect(first.cooldownMs()).toBeGreaterThan(50_000);
    simulation.roundTripMs = 4;
    await wait(5_000);
    await first.request();
    await second.makeRoundTrip();
    expect(second.cooldownMs()).toBeGreaterThan(40_000);
  });
});
