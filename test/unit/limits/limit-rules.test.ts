import { expect, it } from 'vitest';
import type { LimitKind, Limits } from '../../../src/domain/limits.ts';
import { getLimitRules, isBudget } from '../../../src/limits/limit-rules.ts';

const ids = { keyId: 'key_1', tenantId: 'ten_1' };

const allLimits: Limits = {
  requestsPerMinute: 10,
  tokensPerMinute: 1_000,
  concurrency: 3,
  dailyBudgetNanoUsd: 5_000_000_000n,
  monthlyBudgetNanoUsd: 90_000_000_000n,
};

it('creates one rule for each limit of the key', () => {
  const owner = { scope: 'key', scopeId: 'key_1' };
  expect(getLimitRules(ids, { key: allLimits, tenant: {} })).toEqual([
    { ...owner, kind: 'requests', limit: 10 },
    { ...owner, kind: 'tokens', limit: 1_000 },
    { ...owner, kind: 'concurrency', limit: 3 },
    { ...owner, kind: 'daily_budget', limit: 5_000_000_000 },
    { ...owner, kind: 'monthly_budget', limit: 90_000_000_000 },
  ]);
});

it('lists the rules of the key before those of the tenant', () => {
  const rules = getLimitRules(ids, { key: { concurrency: 3 }, tenant: { concurrency: 9, requestsPerMinute: 5 } });
  expect(rules).toEqual([
    { kind: 'concurrency', scope: 'key', scopeId: 'key_1', limit: 3 },
    { kind: 'requests', scope: 'tenant', scopeId: 'ten_1', limit: 5 },
    { kind: 'concurrency', scope: 'tenant', scopeId: 'ten_1', limit: 9 },
  ]);
});

it('creates no rule for a limit that is null or absent, but one for a limit of 0', () => {
  expect(getLimitRules(ids, { key: { requestsPerMinute: null, concurrency: undefined }, tenant: {} })).toEqual([]);
  expect(getLimitRules(ids, { key: { requestsPerMinute: 0 }, tenant: {} })).toMatchObject([{ limit: 0 }]);
});

it('lists the rules of the end user last, by its hash and not its id', () => {
  const rules = getLimitRules(
    { ...ids, endUser: 'u7' },
    {
      key: { concurrency: 3 },
      tenant: {},
      keyEndUser: { requestsPerMinute: 2 },
      tenantEndUser: { tokensPerMinute: 9 },
    },
  );
  expect(rules.map(({ kind, scope, limit }) => [kind, scope, limit])).toEqual([
    ['concurrency', 'key', 3],
    ['requests', 'endUser', 2],
    ['tokens', 'endUser', 9],
  ]);
  expect(rules[1]).toMatchObject({ scopeId: expect.stringMatching(/^key_1:u:[a-s]{24}$/), endUser: { name: 'u7' } });
  expect(rules[2]?.endUser).toMatchObject({ owner: 'tenant', ownerId: 'ten_1' });
});

it('counts requests without an end user as one, and none where end users have no limits', () => {
  expect(getLimitRules(ids, { key: {}, tenant: {}, keyEndUser: { concurrency: 1 } })).toMatchObject([
    { scopeId: 'key_1:u:none', endUser: { name: null } },
  ]);
  expect(getLimitRules({ ...ids, endUser: 'u7' }, { key: {}, tenant: {}, keyEndUser: {}, tenantEndUser: {} })).toEqual(
    [],
  );
});

it('reuses the rules of a limits object for the same owner only', () => {
  const limits: Limits = { concurrency: 3 };
  const [first] = getLimitRules(ids, { key: limits, tenant: {} });
  const [second] = getLimitRules(ids, { key: limits, tenant: {} });
  expect(second).toBe(first);
  const [other] = getLimitRules({ ...ids, keyId: 'key_2' }, { key: limits, tenant: {} });
  expect(other).toMatchObject({ scopeId: 'key_2' });
});

it.each<[LimitKind, boolean]>([
  ['requests', false],
  ['tokens', false],
  ['concurrency', false],
  ['daily_budget', true],
  ['monthly_budget', true],
])('says whether %s is a budget: %s', (kind, expected) => {
  expect(isBudget({ kind })).toBe(expected);
});
