import { beforeEach, describe, expect, it } from 'vitest';
import { TargetHealth } from '../../../src/routing/target-health.ts';

const provider = {};
let nowMs = 1_000_000;
let health: TargetHealth;

beforeEach(() => {
  nowMs = 1_000_000;
  health = new TargetHealth(() => nowMs);
});

const cooldownMs = (model = 'a', of: object = provider) => {
  const untilMs = health.cooldownUntilMs(of, model);
  return untilMs === undefined ? 0 : untilMs - nowMs;
};

function fail(times: number): void {
  for (let count = 0; count < times; count += 1) health.recordFailure(provider, 'a');
}

describe('a cooldown', () => {
  it('begins with the fifth failure in a row, for that model and that API key', () => {
    fail(4);
    expect(cooldownMs()).toBe(0);
    fail(1);
    expect(cooldownMs()).toBe(10_000);
    expect(cooldownMs('b')).toBe(0);
    expect(cooldownMs('a', {})).toBe(0);
  });

  it('does not begin where a success lies between the failures, or a minute', () => {
    fail(4);
    health.recordSuccess(provider, 'a');
    fail(4);
    expect(cooldownMs()).toBe(0);
    nowMs += 60_001;
    fail(4);
    expect(cooldownMs()).toBe(0);
  });

  it('is lengthened by later failures and never shortened', () => {
    health.recordFailure(provider, 'a', 60_000);
    expect(cooldownMs()).toBe(60_000);
    nowMs += 1_000;
    fail(5);
    expect(cooldownMs()).toBe(59_000);
  });

  it('is never longer than two minutes', () => {
    health.recordFailure(provider, 'a', 3_600_000);
    expect(cooldownMs()).toBe(120_000);
  });

  it('ends with one probe, whose failure doubles it', () => {
    fail(5);
    nowMs += 10_000;
    expect(cooldownMs()).toBe(0);
    health.recordStart(provider, 'a');
    expect(cooldownMs()).toBe(30_000);
    fail(1);
    expect(cooldownMs()).toBe(20_000);
  });

  it('is over when the probe answers, and begins again with the next failure before it has finished', () => {
    fail(5);
    nowMs += 10_000;
    health.recordStart(provider, 'a');
    health.recordAnswer(provider, 'a');
    expect(cooldownMs()).toBe(0);
    fail(1);
    expect(cooldownMs()).toBe(10_000);
  });

  it('starts again at its first length after a success', () => {
    fail(5);
    nowMs += 10_000;
    health.recordStart(provider, 'a');
    health.recordSuccess(provider, 'a');
    fail(4);
    expect(cooldownMs()).toBe(0);
  });

  it('lets another request probe where the client of the first has left, or it takes half a minute', () => {
    fail(5);
    nowMs += 10_000;
    health.recordStart(provider, 'a');
    health.recordNeutral(provider, 'a');
    expect(cooldownMs()).toBe(0);
    health.recordStart(provider, 'a');
    nowMs += 30_000;
    expect(cooldownMs()).toBe(0);
  });
});

it('an API key that is refused takes all models of its provider away', () => {
  health.recordKeyFailure(provider);
  expect([cooldownMs('a'), cooldownMs('b'), cooldownMs('a', {})]).toEqual([10_000, 10_000, 0]);
  nowMs += 10_000;
  health.recordStart(provider, 'b');
  expect(cooldownMs('a')).toBe(30_000);
  health.recordSuccess(provider, 'b');
  expect([cooldownMs('a'), cooldownMs('b')]).toEqual([0, 0]);
});
