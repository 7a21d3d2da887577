import { expect, it } from 'vitest';
import type { LimitKind } from '../../../src/domain/limits.ts';
import { counterKey, dayOf, holdsKey, monthOf } from '../../../src/limits/counter-keys.ts';

it.each<[kind: LimitKind, key: string]>([
  ['requests', 'limits:{ten_1}:key_1:requests'],
  ['tokens', 'limits:{ten_1}:key_1:tokens'],
  ['concurrency', 'limits:{ten_1}:key_1:concurrency'],
  ['daily_budget', 'limits:{ten_1}:key_1:budget:2026-11-25'],
  ['monthly_budget', 'limits:{ten_1}:key_1:budget:2026-11'],
])('counts %s at %s', (kind, key) => {
  expect(counterKey('ten_1', { kind, scopeId: 'key_1' }, '2026-11-25')).toBe(key);
});

it('counts a tenant in the hash slot of its keys', () => {
  expect(counterKey('ten_1', { kind: 'requests', scopeId: 'ten_1' }, '')).toBe('limits:{ten_1}:ten_1:requests');
  expect(holdsKey('ten_1')).toBe('limits:{ten_1}:holds');
});

it.each([
  ['2026-11-25T00:00:00.000Z', '2026-11-25'],
  ['2026-11-25T23:59:59.999Z', '2026-11-25'],
  ['2026-11-26T01:00:00.000+02:00', '2026-11-25'],
  ['2028-02-29T12:00:00.000Z', '2028-02-29'],
])('returns the UTC day of %s', (time, day) => {
  expect(dayOf(Date.parse(time))).toBe(day);
});

it('returns the month of a day', () => {
  expect(monthOf('2026-11-25')).toBe('2026-11');
});
