import { beforeEach, expect, it } from 'vitest';
import { RateLease } from '../../../src/limits/rate-lease.ts';

let lease: RateLease;

beforeEach(() => {
  lease = new RateLease();
});

it('consumes quota in the order in which it was added', () => {
  lease.add(100, 5, 2_000);
  lease.add(101, 5, 3_000);
  expect(lease.consume(7, 1_000)).toEqual([
    { second: 100, expiresAtMs: 2_000, amount: 5 },
    { second: 101, expiresAtMs: 3_000, amount: 2 },
  ]);
  expect(lease.remaining(1_000)).toBe(3);
});

it('consumes less than requested if it has less', () => {
  lease.add(100, 5, 2_000);
  expect(lease.consume(9, 1_000)).toEqual([{ second: 100, expiresAtMs: 2_000, amount: 5 }]);
  expect(lease.consume(1, 1_000)).toEqual([]);
});

it('consumes nothing if nothing is requested', () => {
  lease.add(100, 5, 2_000);
  expect(lease.consume(0, 1_000)).toEqual([]);
  expect(lease.consume(-1, 1_000)).toEqual([]);
  expect(lease.remaining(1_000)).toBe(5);
});

it('does not consume quota from the moment when it expires', () => {
  lease.add(100, 5, 2_000);
  lease.add(101, 3, 3_000);
  expect(lease.remaining(1_999)).toBe(8);
  expect(lease.remaining(2_000)).toBe(3);
  expect(lease.consume(5, 2_000)).toEqual([{ second: 101, expiresAtMs: 3_000, amount: 3 }]);
});

it('adds returned quota to the chunk that it came from', () => {
  lease.add(100, 5, 2_000);
  lease.consume(5, 1_000);
  lease.add(100, 2, 2_000);
  lease.add(100, 1, 2_000);
  expect(lease.consume(9, 1_000)).toEqual([{ second: 100, expiresAtMs: 2_000, amount: 3 }]);
});

it('keeps quota of one second apart if it expires at different times', () => {
  lease.add(100, 5, 2_000);
  lease.add(100, 5, 2_500);
  expect(lease.remaining(2_000)).toBe(5);
});

it('ignores amounts that are not positive', () => {
  lease.add(100, 0, 2_000);
  lease.add(100, -5, 2_000);
  expect([lease.remaining(1_000), lease.hasUnspent]).toEqual([0, false]);
});

it('has unspent quota until it is consumed or removed, also after it expires', () => {
  lease.add(100, 5, 2_000);
  lease.consume(4, 1_000);
  expect(lease.hasUnspent).toBe(true);
  lease.consume(1, 1_000);
  expect(lease.hasUnspent).toBe(false);
  lease.add(100, 5, 2_000);
  expect([lease.remaining(9_000), lease.hasUnspent]).toEqual([0, true]);
  lease.removeExpired(9_000);
  expect(lease.hasUnspent).toBe(false);
});

it('returns what was left of expired quota once', () => {
  lease.add(100, 5, 2_000);
  lease.add(101, 1, 3_000);
  lease.consume(4, 1_000);
  expect(lease.removeExpired(1_999)).toEqual([]);
  expect(lease.removeExpired(2_000)).toEqual([{ second: 100, amount: 1 }]);
  expect(lease.removeExpired(2_000)).toEqual([]);
  expect(lease.remaining(2_000)).toBe(1);
});

it('returns nothing of expired quota that was consumed completely', () => {
  lease.add(100, 5, 2_000);
  lease.consume(5, 1_000);
  expect(lease.removeExpired(2_000)).toEqual([]);
});
