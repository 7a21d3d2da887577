import { beforeEach, describe, expect, it } from 'vitest';
import type { LimitKind } from '../../../src/domain/limits.ts';
import { LocalLimiter } from '../../../src/limits/local-limiter.ts';

let nowMs: number;
let limiter: LocalLimiter;

beforeEach(() => {
  nowMs = 1_000_000_000;
  limiter = new LocalLimiter();
});

const createRequirement = (kind: LimitKind, limit: number, { requested = 1, scopeId = 'key_1' } = {}) => ({
  rule: { kind, scope: 'key', scopeId, limit } as const,
  requested,
});

type Requirement = ReturnType<typeof createRequirement>;

/** Admits as often as possible, at most `max` times, and returns how often it was possible. */
function countAdmitted(requirement: Requirement, max = 100): number {
  for (let count = 0; count < max; count += 1) {
    try {
      limiter.admit([requirement], nowMs);
    } catch {
      return count;
    }
  }
  return max;
}

describe('rates', () => {
  it('admits a quarter of the limit', () => {
    expect(countAdmitted(createRequirement('requests', 40))).toBe(10);
  });

  it.each([1, 3, 7])('admits one request for a limit of %i', (limit) => {
    expect(countAdmitted(createRequirement('requests', limit))).toBe(1);
  });

  it('admits a request that is larger than a quarter of the limit if nothing else is counted', () => {
    const large = createRequirement('tokens', 100, { requested: 90 });
    expect(countAdmitted(large)).toBe(1);
  });

  it('counts amounts, not requests', () => {
    expect(countAdmitted(createRequirement('tokens', 400, { requested: 30 }))).toBe(3);
  });

  it('counts for at least 60 seconds', () => {
    countAdmitted(createRequirement('requests', 8));
    nowMs += 60_999;
    expect(countAdmitted(createRequirement('requests', 8))).toBe(0);
    nowMs += 1;
    expect(countAdmitted(createRequirement('requests', 8))).toBe(2);
  });

  it('counts each owner and each kind apart', () => {
    countAdmitted(createRequirement('requests', 8));
    expect(countAdmitted(createRequirement('requests', 8, { scopeId: 'key_2' }))).toBe(2);
    expect(countAdmitted(createRequirement('tokens', 8))).toBe(2);
  });

  it('does not count a request that is denied', () => {
    countAdmitted(createRequirement('tokens', 40, { requested: 9 }));
    expect(countAdmitted(createRequirement('tokens', 40, { requested: 1 }))).toBe(1);
  });

  it('forgets the limit that it was not asked for the longest when it counts 10,001', () => {
    countAdmitted(createRequirement('requests', 4));
    const others = Array.from({ length: 10_000 }, (_, index) =>
      createRequirement('requests', 4, { scopeId: `other_${index}` }),
    );
    for (const other of others.slice(0, 9_999)) limiter.admit([other], nowMs);
    expect(countAdmitted(createRequirement('requests', 4))).toBe(0);
    for (const other of others.slice(9_999)) limiter.admit([other], nowMs);
    expect(countAdmitted(createRequirement('requests', 4))).toBe(0);
    expect(countAdmitted(createRequirement('requests', 4, { scopeId: 'other_0' }))).toBe(1);
  });
});

describe('concurrency', () => {
  it('admits a quarter of the limit at the same time', () => {
    expect(countAdmitted(createRequirement('concurrency', 8))).toBe(2);
  });

  it('admits the next request when one has ended', () => {
    const release = limiter.admit([createRequirement('concurrency', 4)], nowMs);
    expect(countAdmitted(createRequirement('concurrency', 4))).toBe(0);
    release();
    expect(countAdmitted(createRequirement('concurrency', 4))).toBe(1);
  });

  it('releases the slot of a request once', () => {
    const release = limiter.admit([createRequirement('concurrency', 8)], nowMs);
    limiter.admit([createRequirement('concurrency', 8)], nowMs);
    release();
    release();
    expect(countAdmitted(createRequirement('concurrency', 8))).toBe(1);
  });

  it('keeps no slot of a request that another limit denies', () => {
    countAdmitted(createRequirement('requests', 4));
    const requirements = [createRequirement('concurrency', 4), createRequirement('requests', 4)];
    expect(() => limiter.admit(requirements, nowMs)).toThrow();
    expect(countAdmitted(createRequirement('concurrency', 4))).toBe(1);
  });
});

it('throws a retryable error that names the limit and when its local share is free', () => {
  countAdmitted(createRequirement('requests', 4));
  nowMs += 20_000;
  countAdmitted(createRequirement('tokens', 8));
  const deny = (kind: LimitKind, limit: number) => () => limiter.admit([createRequirement(kind, limit)], nowMs);
  expect(deny('requests', 4)).toThrow(
    expect.objectContaining({
      code: 'rate_limited',
      retryAfterSeconds: 41,
      message:
        'The limit of this API key is 4 requests a minute; 0 are left, and this call needs 1. Try again in 41 s.',
    }),
  );
  expect(deny('tokens', 8)).toThrow(expect.objectContaining({ retryAfterSeconds: 61 }));
  nowMs += 41_000;
  expect(deny('requests', 4)).not.toThrow();
});
