import { expect, it } from 'vitest';
import type { LimitKind, LimitScope } from '../../../src/domain/limits.ts';
import { type ExceededLimit, limitExceededError } from '../../../src/limits/limit-exceeded.ts';

function createError(
  kind: LimitKind,
  { scope = 'key', limit = 100, ...exceeded }: Partial<ExceededLimit> & { scope?: LimitScope; limit?: number } = {},
) {
  const { code, message, retryAfterSeconds, retryable } = limitExceededError({
    rule: { kind, scope, scopeId: 'key_1', limit },
    requested: 10,
    free: 4,
    freesInMs: 1_500,
    isHeldByOthers: false,
    ...exceeded,
  });
  return { code, message, retryAfterSeconds, retryable };
}

it('names the rate, what remains and when to retry, in whole seconds rounded up', () => {
  expect(createError('tokens')).toEqual({
    code: 'rate_limited',
    message: 'The limit of this API key is 100 tokens a minute; 4 are left, and this call needs 10. Try again in 2 s.',
    retryAfterSeconds: 2,
    retryable: true,
  });
});

it('names the tenant as the owner of its limits', () => {
  expect(createError('requests', { scope: 'tenant' }).message).toMatch(/^The limit of this tenant is 100 requests/);
});

it('names the number of concurrent requests', () => {
  expect(createError('concurrency', { limit: 3, requested: 1 })).toMatchObject({
    code: 'rate_limited',
    message: 'The limit of this API key is 3 calls at once, and all are under way.',
    retryAfterSeconds: 2,
  });
});

it.each([
  ['daily_budget', 'daily'],
  ['monthly_budget', 'monthly'],
] as const)('is not retryable before the next period of a %s', (kind, period) => {
  const error = createError(kind, {
    limit: 2_000_000_000,
    requested: 20_000_000,
    free: 12_345_678,
    freesInMs: 3_600_000,
  });
  expect(error).toEqual({
    code: 'budget_exceeded',
    message: `The ${period} budget of this API key is $2.00; $0.012345678 of it is left, and this call may cost $0.02. It resets in 3600 s.`,
    retryAfterSeconds: 3600,
    retryable: false,
  });
});

it('is retryable while requests in progress hold the missing budget', () => {
  const error = createError('daily_budget', { isHeldByOthers: true, freesInMs: 4_000 });
  expect(error).toMatchObject({ code: 'budget_exceeded', retryAfterSeconds: 4, retryable: true });
  expect(error.message).toMatch(/ Calls that are under way hold what is missing: try again in 4 s\.$/);
});

it('never names a negative remainder', () => {
  expect(createError('tokens', { free: -7 }).message).toContain('; 0 are left,');
});

it.each([
  [undefined, 1],
  [0, 1],
  [-5, 1],
  [1_001, 2],
])('asks to retry a limit that frees in %s ms after %i s', (freesInMs, seconds) => {
  expect(createError('requests', { freesInMs }).retryAfterSeconds).toBe(seconds);
});

it('names the field of the client that makes a request smaller', () => {
  const { message } = createError('tokens', { requested: 101, reductionHint: 'lower max_output_tokens' });
  expect(message).toMatch(/is 100: lower max_output_tokens\.$/);
});

it.each([
  [
    'tokens',
    'rate_limited',
    '101 tokens would be needed at most, and the limit of this API key is 100: lower maxTokens.',
  ],
  [
    'daily_budget',
    'budget_exceeded',
    '$0.000000101 would be needed at most, and the limit of this API key is $0.0000001: lower maxTokens.',
  ],
] as const)('is not retryable if a request is larger than its limit of %s', (kind, code, message) => {
  expect(createError(kind, { requested: 101 })).toEqual({
    code,
    message,
    retryAfterSeconds: undefined,
    retryable: false,
  });
});
