import { beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import { type Candidate, RoutePlan } from '../../../src/gateway/route-plan.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { TargetHealth } from '../../../src/routing/target-health.ts';

const failure = new GatewayError('provider_error', 'x');
const windows: Record<string, number> = { small: 8_000, large: 128_000 };
let nowMs: number;
let health: TargetHealth;

beforeEach(() => {
  nowMs = 1_000_000;
  health = new TargetHealth(() => nowMs);
});

/** Targets of one provider each, in this order. */
function candidatesOf(models: readonly string[], provider?: object): Candidate[] {
  return models.map((model, index) => ({
    provider: (provider ?? { id: model }) as Provider,
    model,
    tier: index + 1,
    weight: 1,
  }));
}

function planOf(candidates: readonly Candidate[], { attempts = 3, deadlineMs = 60_000 } = {}): RoutePlan {
  return new RoutePlan({
    retry: { attempts, deadlineMs },
    candidates,
    health,
    sample: () => 0.5,
    getContextWindow: ({ model }) => windows[model],
    startedAtMs: nowMs,
    now: () => nowMs,
    random: () => 1,
  });
}

/** Fails at each target until none is left; returns the models and the pauses before them. */
function exhaust(plan: RoutePlan, error = failure): [model: string, pauseMs: number][] {
  const tried: [string, number][] = [];
  for (let next = plan.next(); next; next = plan.next()) {
    tried.push([next.candidate.model, next.atMs - nowMs]);
    nowMs = next.atMs;
    plan.countAttempt();
    plan.recordFailure(next.candidate, 'target', error);
  }
  return tried;
}

describe('the next target', () => {
  it('is the one behind it, at once', () => {
    expect(exhaust(planOf(candidatesOf(['a', 'b', 'c'])))).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ]);
  });

  it('is the same one after a growing pause where no other is left', () => {
    expect(exhaust(planOf(candidatesOf(['a']), { attempts: 4 }))).toEqual([
      ['a', 0],
      ['a', 500],
      ['a', 1_000],
      ['a', 2_000],
    ]);
  });

  it('is only one that was not tried yet once retries are stopped', () => {
    const plan = planOf(candidatesOf(['a', 'b', 'c']), { attempts: 4 });
    const [first, second] = plan.candidates;
    if (!first || !second) return expect.unreachable();
    plan.countAttempt();
    plan.recordFailure(first, 'target', failure);
    plan.exclude(second);
    plan.stopRetries();
    expect(exhaust(plan)).toEqual([['c', 0]]);
  });

  it('waits for as long as the provider says, if that ends before the deadline', () => {
    const limited = new GatewayError('rate_limited', 'x', { origin: 'provider', retryAfterSeconds: 7 });
    expect(exhaust(planOf(candidatesOf(['a']), { attempts: 2 }), limited)).toEqual([
      ['a', 0],
      ['a', 7_000],
    ]);
    expect(exhaust(planOf(candidatesOf(['b']), { attempts: 2, deadlineMs: 5_000 }), limited)).toEqual([['b', 0]]);
  });

  it('is none where a retry cannot help, or the deadline has passed', () => {
    const lasting = new GatewayError('provider_error', 'x', { retryable: false });
    expect(exhaust(planOf(candidatesOf(['a'])), lasting)).toEqual([['a', 0]]);
    const plan = planOf(candidatesOf(['a', 'b']), { deadlineMs: 1_000 });
    nowMs += 1_000;
    expect(plan.next()).toBeUndefined();
  });

  it('is none of those that are cooling down, as long as another is left', () => {
    const [first, second] = candidatesOf(['a', 'b']);
    if (!first || !second) throw new Error('no candidates');
    health.recordFailure(first.provider, 'a', 30_000);
    expect(planOf([first, second]).next()?.candidate).toBe(second);
    health.recordFailure(second.provider, 'b', 60_000);
    expect(planOf([first, second]).next()?.candidate).toBe(first);
  });

  it('has another API key where a key was refused', () => {
    const [a, b] = candidatesOf(['a', 'b'], { id: 'same' });
    const [, c] = candidatesOf(['x', 'c']);
    if (!a || !b || !c) throw new Error('no candidates');
    const plan = planOf([a, b, { ...c, tier: 3 }]);
    plan.countAttempt();
    plan.recordFailure(a, 'key', failure);
    expect(plan.next()?.candidate.model).toBe('c');
  });

  it('has a larger context window where the prompt was too long', () => {
    const plan = planOf(candidatesOf(['small', 'unknown', 'large']));
    const next = plan.next();
    if (!next) throw new Error('no target');
    plan.countAttempt();
    plan.recordFailure(next.candidate, 'window', failure);
    expect(plan.next()?.candidate.model).toBe('large');
  });
});

describe('another target is left', () => {
  it('while one was not tried, is not cooling down, and the attempts suffice', () => {
    const [a, b] = candidatesOf(['a', 'b']);
    if (!a || !b) throw new Error('no candidates');
    expect(planOf([a, b]).hasOther(a)).toBe(true);
    expect(planOf([a, b], { attempts: 1 }).hasOther(a)).toBe(false);
    expect(planOf([a]).hasOther(a)).toBe(false);
    health.recordFailure(b.provider, 'b', 30_000);
    expect(planOf([a, b]).hasOther(a)).toBe(false);
  });
});
