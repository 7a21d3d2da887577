import { beforeEach, describe, expect, it } from 'vitest';
import { createKeyedHash } from '../../../src/lib/keyed-hash.ts';
import { SharedCooldowns } from '../../../src/routing/shared-cooldowns.ts';
import { TargetHealth } from '../../../src/routing/target-health.ts';

const hash = createKeyedHash('secret', 'test');
const provider = { hashAccount: (of: typeof hash) => of('account') };
const unshared = {};
const idOf = (model: string) => hash(JSON.stringify([hash('account'), model]));
const id = idOf('a');

let nowMs: number;
let cooldowns: SharedCooldowns;
let health: TargetHealth;

beforeEach(() => {
  nowMs = 1_000_000;
  cooldowns = new SharedCooldowns({ hash, now: () => nowMs });
  health = new TargetHealth(() => nowMs, cooldowns);
});

const cooldownMs = (model = 'a') => Math.max(0, (health.cooldownUntilMs(provider, model) ?? 0) - nowMs);

/** Starts an exchange with Redis. Fails where there is nothing to exchange. */
function send() {
  const script = cooldowns.createScript();
  if (!script) throw new Error('nothing to exchange');
  return script;
}

/** Makes an exchange a second after the last one. Returns what was published. */
function exchange(reply: unknown): readonly (string | number)[] {
  nowMs += 1_000;
  cooldownMs();
  const { values, onReply } = send();
  onReply(reply);
  return values;
}

describe('an exchange', () => {
  it('is made only within a minute after a request has asked for a cooldown', () => {
    expect(cooldowns.createScript()).toBeUndefined();
    health.recordFailure(provider, 'a', 60_000);
    expect(cooldowns.createScript()).toBeUndefined();
    cooldownMs();
    expect(cooldowns.createScript()).toBeDefined();
    nowMs += 60_000;
    expect(cooldowns.createScript()).toBeUndefined();
  });

  it('carries at once what has begun since the last one, apart for the keys of tenants', () => {
    exchange('');
    health.recordFailure(provider, 'a', 20_000);
    health.recordFailure({ ...provider, isByok: true }, 'b', 30_000);
    expect(send().values).toEqual([1, idOf('a'), 20_000, 2, idOf('b'), 30_000]);
  });

  it('does not repeat a cooldown that has grown by less than a second', () => {
    exchange('');
    health.recordFailure(provider, 'a', 20_000);
    expect(exchange(`${id}=19000`)).toEqual([1, id, 19_000]);
    health.recordFailure(provider, 'a', 19_500);
    expect(exchange(`${id}=18000`)).toEqual([]);
    health.recordFailure(provider, 'a', 40_000);
    expect(exchange(`${id}=39000`)).toEqual([1, id, 39_000]);
  });

  it('leaves out providers whose account is not known', () => {
    exchange('');
    health.recordFailure(unshared, 'a', 20_000);
    expect(exchange('')).toEqual([]);
    expect(health.cooldownUntilMs(unshared, 'a')).toBeGreaterThan(nowMs);
  });

  it('is one at a time, and another one is made where it has no outcome for five seconds', () => {
    cooldownMs();
    const { onReply } = send();
    health.recordFailure(provider, 'a', 60_000);
    expect(cooldowns.createScript()).toBeUndefined();
    nowMs += 5_000;
    send().onReply(`${id}=55000`);
    onReply('');
    health = new TargetHealth(() => nowMs, cooldowns);
    expect(cooldownMs()).toBe(55_000);
  });

  it('is repeated a second after a failure, with what it was to publish', () => {
    cooldownMs();
    health.recordFailure(provider, 'a', 60_000);
    send().onReply(undefined);
    expect(cooldowns.createScript()).toBeUndefined();
    expect(exchange('')).toEqual([1, id, 59_000]);
  });

  it('publishes no more than 256 cooldowns, the last ones', () => {
    exchange('');
    for (let count = 0; count < 300; count += 1) health.recordFailure(provider, `model-${count}`, 60_000);
    const ids = send().values.filter((value) => typeof value === 'string');
    expect(ids).toHaveLength(256);
    expect(ids).toContain(idOf('model-299'));
  });
});

describe('a reply', () => {
  it.each([
    ['a number', 12],
    ['null', null],
    ['a list', [`${id}=5000`]],
    ['an empty text', ''],
    ['a text', `{"${id}": 5000}`],
    ['a negative time', `${id}=-5000`],
    ['a time that is no number', `${id}=inf`],
    ['another id', `x${id}=5000`],
  ])('that is %s blocks nothing', (_, reply) => {
    exchange(reply);
    expect(cooldownMs()).toBe(0);
  });

  it('blocks for two minutes at most', () => {
    exchange(`garbage ${id}=999999999999999 =`);
    expect(cooldownMs()).toBe(120_000);
  });

  it('counts from when the exchange was sent', () => {
    cooldownMs();
    const { onReply } = send();
    nowMs += 700;
    onReply(`${id}=10000`);
    expect(cooldownMs()).toBe(9_300);
  });

  it('that has a cooldown no more ends it early, unless it began here', () => {
    exchange(`${id}=60000`);
    expect(cooldownMs()).toBe(60_000);
    exchange('');
    expect(cooldownMs()).toBe(0);
    health.recordFailure(provider, 'a', 60_000);
    exchange('');
    expect(cooldownMs()).toBe(59_000);
  });

  it('does not begin a cooldown again that has ended here meanwhile', () => {
    exchange(`${id}=60000`);
    nowMs += 1_000;
    cooldownMs();
    const { onReply } = send();
    health.recordStart(provider, 'a');
    health.recordSuccess(provider, 'a');
    onReply(`${id}=59000`);
    expect(cooldownMs()).toBe(0);
    expect(exchange('')).toEqual([1, id, 0]);
  });
});

describe('a cooldown of another isolate', () => {
  it('is followed by one probe, also where it has ended before the next request', () => {
    exchange(`${id}=5000`);
    nowMs += 20_000;
    exchange('');
    expect(cooldownMs()).toBe(0);
    health.recordStart(provider, 'a');
    expect(cooldownMs()).toBe(30_000);
    health.recordFailure(provider, 'a');
    expect(cooldownMs()).toBe(20_000);
  });

  it('is not ended by a request that began before it', () => {
    health.recordFailure(provider, 'a');
    exchange(`${id}=60000`);
    health.recordAnswer(provider, 'a');
    health.recordSuccess(provider, 'a');
    expect(cooldownMs()).toBe(60_000);
    expect(exchange(`${id}=59000`)).toEqual([]);
  });

  it('is over with the success of its probe', () => {
    exchange(`${id}=5000`);
    nowMs += 5_000;
    health.recordStart(provider, 'a');
    health.recordAnswer(provider, 'a');
    health.recordSuccess(provider, 'a');
    health.recordStart(provider, 'a');
    expect(cooldownMs()).toBe(0);
  });
});
