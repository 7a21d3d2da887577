import { beforeEach, expect, it } from 'vitest';
import { ConcurrencyLease } from '../../../src/limits/concurrency-lease.ts';
import { slotTtlMs } from '../../../src/limits/redis-scripts.ts';

const nowMs = 1_000_000;
const expiresAtMs = nowMs + 2_000;

let lease: ConcurrencyLease;

beforeEach(() => {
  lease = new ConcurrencyLease();
});

it('acquires as many slots as were granted, from the oldest grant first', () => {
  lease.add('a', 2, { expiresAtMs, nowMs });
  lease.add('b', 1, { expiresAtMs, nowMs });
  expect([1, 2, 3, 4].map(() => lease.acquire(nowMs))).toEqual(['a', 'a', 'b', undefined]);
});

it('acquires a released slot again', () => {
  lease.add('a', 1, { expiresAtMs, nowMs });
  lease.acquire(nowMs);
  lease.release('a');
  expect(lease.acquire(nowMs)).toBe('a');
});

it('ignores a grant without slots and the release of an unknown lease', () => {
  lease.add('a', 0, { expiresAtMs, nowMs });
  lease.release('b');
  expect([lease.hasSlots, lease.acquire(nowMs)]).toEqual([false, undefined]);
});

it('acquires no slot once half of the lifetime in Redis has passed without an update', () => {
  lease.add('a', 2, { expiresAtMs, nowMs });
  expect(lease.acquire(nowMs + slotTtlMs / 2 - 1)).toBe('a');
  expect(lease.acquire(nowMs + slotTtlMs / 2)).toBeUndefined();
  lease.confirmUpdate('a', nowMs + slotTtlMs / 2);
  expect(lease.acquire(nowMs + slotTtlMs / 2)).toBe('a');
});

it('reports nothing of a grant that is fresh and has several slots', () => {
  lease.add('a', 2, { expiresAtMs, nowMs });
  expect(lease.collectUpdates(expiresAtMs - 1)).toEqual([]);
});

it('returns the free slots of an expired grant and keeps those in use', () => {
  lease.add('a', 3, { expiresAtMs, nowMs });
  lease.acquire(nowMs);
  expect(lease.collectUpdates(expiresAtMs)).toEqual([{ leaseId: 'a', slots: 1 }]);
  expect(lease.acquire(expiresAtMs)).toBeUndefined();
  lease.confirmUpdate('a', expiresAtMs);
  expect([lease.collectUpdates(expiresAtMs), lease.hasSlots]).toEqual([[], true]);
});

it('returns the only slot of a grant as soon as it is released', () => {
  lease.add('a', 1, { expiresAtMs, nowMs });
  lease.acquire(nowMs);
  expect(lease.collectUpdates(nowMs)).toEqual([]);
  lease.release('a');
  expect(lease.collectUpdates(nowMs)).toEqual([{ leaseId: 'a', slots: 0 }]);
});

it('repeats a return until it is confirmed and then forgets the grant', () => {
  lease.add('a', 1, { expiresAtMs, nowMs });
  expect(lease.collectUpdates(nowMs)).toEqual([{ leaseId: 'a', slots: 0 }]);
  expect(lease.collectUpdates(nowMs)).toEqual([{ leaseId: 'a', slots: 0 }]);
  expect(lease.hasSlots).toBe(true);
  lease.confirmUpdate('a', nowMs);
  expect([lease.collectUpdates(nowMs), lease.hasSlots]).toEqual([[], false]);
});

it('reports slots in use after a third of their lifetime in Redis', () => {
  lease.add('a', 1, { expiresAtMs, nowMs });
  lease.acquire(nowMs);
  expect(lease.collectUpdates(nowMs + slotTtlMs / 3 - 1)).toEqual([]);
  expect(lease.collectUpdates(nowMs + slotTtlMs / 3)).toEqual([{ leaseId: 'a', slots: 1 }]);
  lease.confirmUpdate('a', nowMs + slotTtlMs / 3);
  expect(lease.collectUpdates(nowMs + slotTtlMs / 3)).toEqual([]);
});

it('confirms the update of one grant only', () => {
  lease.add('a', 1, { expiresAtMs, nowMs });
  lease.add('b', 1, { expiresAtMs, nowMs });
  lease.collectUpdates(nowMs);
  lease.confirmUpdate('a', nowMs);
  expect(lease.collectUpdates(nowMs)).toEqual([{ leaseId: 'b', slots: 0 }]);
});
