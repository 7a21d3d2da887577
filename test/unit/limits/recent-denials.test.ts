import { beforeEach, describe, expect, it } from 'vitest';
import type { Limits } from '../../../src/domain/limits.ts';
import type { LeaseReply } from '../../../src/limits/redis-counters.ts';
import { TenantLeases } from '../../../src/limits/tenant-leases.ts';
import { createAttempt } from './create-attempt.ts';

const startedAtMs = Date.parse('2026-11-25T12:00:00Z');

let nowMs: number;
let leases: TenantLeases;
let context: Parameters<typeof createAttempt>[0];

beforeEach(() => {
  nowMs = startedAtMs;
  leases = new TenantLeases('ten_1');
  context = { leases, now: () => nowMs };
});

const createReply = (freeAmount: number, freesAtMs: number): LeaseReply => ({
  outcome: 'refused',
  index: 0,
  // The clock of Redis is not that of the isolate.
  nowMs: startedAtMs + 5_000,
  limits: [{ grantedAmount: 0, freeAmount, freesAtMs: freesAtMs < 0 ? -1 : startedAtMs + 5_000 + freesAtMs }],
});

function deny(limits: Limits, freesInMs: number, tokens = 10) {
  const attempt = createAttempt(context, limits, { tokens });
  const [request] = attempt.shortfalls();
  if (!request) throw new Error('nothing is missing');
  return attempt.recordDenial([request], createReply(3, freesInMs));
}

/** Returns the error of a recent denial for a new request. */
function getRecentDenial(limits: Limits, tokens = 10): unknown {
  const attempt = createAttempt(context, limits, { tokens });
  try {
    attempt.throwIfRecentlyDenied(attempt.shortfalls());
  } catch (error) {
    return error;
  }
  return undefined;
}

const rate = { tokensPerMinute: 50 };

describe('a denial', () => {
  it('names the whole amount of the request and when Redis says that it frees', () => {
    const state = leases.getState({ kind: 'tokens', scope: 'key', scopeId: 'key_1', limit: 50 });
    state.rateLease.add(100, 4, startedAtMs + 2_000);
    const attempt = createAttempt(context, rate);
    attempt.reserveFromLeases();
    const [request] = attempt.shortfalls();
    expect(request).toMatchObject({ shortfall: 6 });
    const error = request && attempt.recordDenial([request], createReply(3, 7_000));
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 7 });
    expect(error?.message).toContain('3 are left, and this call needs 10.');
  });

  it('waits for the quota of its own request, which goes back to Redis', () => {
    const state = leases.getState({ kind: 'tokens', scope: 'key', scopeId: 'key_1', limit: 50 });
    state.rateLease.add(100, 4, startedAtMs + 2_000);
    const attempt = createAttempt(context, rate);
    attempt.reserveFromLeases();
    const [request] = attempt.shortfalls();
    const error = request && attempt.recordDenial([request], createReply(3, 100));
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 4 });
  });

  it('denies equal requests for a second, and counts down', () => {
    deny(rate, 6_500);
    expect(getRecentDenial(rate, 9)).toBeUndefined();
    expect(getRecentDenial(rate, 11)).toBeUndefined();
    expect(getRecentDenial(rate, 10)).toMatchObject({ retryAfterSeconds: 7 });
    nowMs += 999;
    expect(getRecentDenial(rate, 10)).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 6 });
    nowMs += 1;
    expect(getRecentDenial(rate, 10)).toBeUndefined();
  });

  it('ends when the limit frees', () => {
    deny(rate, 300);
    nowMs += 299;
    expect(getRecentDenial(rate)).toBeDefined();
    nowMs += 1;
    expect(getRecentDenial(rate)).toBeUndefined();
  });

  it('of a slot ends after 50 ms', () => {
    const limits = { concurrency: 1 };
    deny(limits, 1_000);
    nowMs += 49;
    expect(getRecentDenial(limits)).toMatchObject({ code: 'rate_limited' });
    nowMs += 1;
    expect(getRecentDenial(limits)).toBeUndefined();
  });

  it('is not remembered for a rate that never frees', () => {
    deny(rate, -1);
    expect(getRecentDenial(rate)).toBeUndefined();
  });

  it.each([
    [{ dailyBudgetNanoUsd: 500n }, 12 * 3_600],
    [{ monthlyBudgetNanoUsd: 500n }, 12 * 3_600 + 5 * 86_400],
  ])('of a spent budget lasts until the next period in UTC: %o', (limits, seconds) => {
    expect(deny(limits, -1)).toMatchObject({ code: 'budget_exceeded', retryAfterSeconds: seconds, retryable: false });
    expect(getRecentDenial(limits)).toMatchObject({ retryAfterSeconds: seconds, retryable: false });
  });

  it('of a budget that requests in progress hold is retryable, also when it is repeated', () => {
    const limits = { dailyBudgetNanoUsd: 500n };
    expect(deny(limits, 4_000)).toMatchObject({ retryAfterSeconds: 4, retryable: true });
    expect(getRecentDenial(limits)).toMatchObject({ retryAfterSeconds: 4, retryable: true });
  });
});
