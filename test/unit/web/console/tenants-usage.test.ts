import { describe, expect, it } from 'vitest';
import { findRotatedKeys, getKeyState } from '../../../../src/web/console/api-keys/key-state.ts';
import { isEndUser, listEndUsers, maxEndUsers } from '../../../../src/web/console/tenants/list-end-users.ts';
import { getUsagePeriods } from '../../../../src/web/console/tenants/usage-periods.ts';

describe('getKeyState', () => {
  const nowMs = Date.parse('2026-12-01T00:00:00Z');
  const key = { id: 'key_1', expiresAt: null, revokedAt: null };
  const none: ReadonlySet<string> = new Set();
  const rotated = findRotatedKeys([{ rotatedFrom: null }, { rotatedFrom: 'key_1' }]);

  it('tells valid, expired, rotated and revoked keys apart', () => {
    expect(getKeyState(key, none, nowMs)).toBe('valid');
    expect(getKeyState({ ...key, expiresAt: '2026-12-01T00:00:01Z' }, none, nowMs)).toBe('valid');
    expect(getKeyState({ ...key, expiresAt: '2026-12-01T00:00:00Z' }, none, nowMs)).toBe('expired');
    expect(getKeyState({ ...key, expiresAt: '2026-12-02T00:00:00Z' }, rotated, nowMs)).toBe('rotated');
    expect(getKeyState({ ...key, revokedAt: '2026-11-30T00:00:00Z' }, rotated, nowMs)).toBe('revoked');
  });
});

describe('getUsagePeriods', () => {
  it('gives whole days in UTC, also at the end of a year', () => {
    expect(getUsagePeriods(Date.parse('2026-12-31T23:59:59.999Z'))).toEqual({
      today: '2026-12-31T00:00:00.000Z',
      month: '2026-12-01T00:00:00.000Z',
      to: '2027-01-01T00:00:00.000Z',
    });
  });
});

describe('listEndUsers', () => {
  const sum = (endUser: string, cost: number) => ({ endUser, cost, requests: 1, refused: null });
  const noBudgets = { dailyBudget: null, monthlyBudget: null };

  it('lists the costliest of the month first', () => {
    const rows = listEndUsers({ thisMonth: [sum('a', 1), sum('b', 3), sum('c', 2)], today: [] }, noBudgets, 2);
    expect(rows.map(({ endUser }) => endUser)).toEqual(['b', 'c']);
    expect(rows[0]).toMatchObject({ costThisMonth: 3, costToday: 0, dayShare: null, monthShare: null });
  });

  it('adds those near a budget', () => {
    const sums = { thisMonth: [sum('a', 9), sum('b', 8), sum('c', 1)], today: [sum('c', 0.9)] };
    const rows = listEndUsers(sums, { dailyBudget: 1, monthlyBudget: 10 }, 1);
    expect(rows.map(({ endUser, dayShare, monthShare }) => [endUser, dayShare, monthShare])).toEqual([
      ['a', 0, 0.9],
      ['b', 0, 0.8],
      ['c', 0.9, 0.1],
    ]);
  });

  it('counts an end user with a budget of 0 as near to it', () => {
    const rows = listEndUsers({ thisMonth: [], today: [sum('a', 0)] }, { ...noBudgets, dailyBudget: 0 }, 0);
    expect(rows).toMatchObject([{ endUser: 'a', dayShare: 1, requests: null, costThisMonth: null }]);
  });

  it('gives no cost of the day where more end users may have one', () => {
    const today = Array.from({ length: maxEndUsers }, (_, index) => sum(`u${index}`, 1));
    const [row] = listEndUsers({ thisMonth: [sum('a', 2)], today }, noBudgets, 1);
    expect(row).toMatchObject({ endUser: 'a', costToday: null });
  });
});

describe('isEndUser', () => {
  it('excludes the names of sums', () => {
    expect(['u1', '(none)', '(other)', '(erased)'].filter(isEndUser)).toEqual(['u1']);
  });
});
