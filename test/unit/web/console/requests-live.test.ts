import { describe, expect, it } from 'vitest';
import {
  addArrival,
  addNewestPage,
  LiveQueue,
  maxLiveRows,
  noLiveRows,
} from '../../../../src/web/console/requests/live-rows.ts';
import type { RequestSummaryFragment } from '../../../../src/web/console/requests/requests.generated.ts';

const request = (number: number): RequestSummaryFragment => ({
  id: `req_${number}`,
  createdAt: '2026-11-24T12:00:00Z',
  tenantId: 'ten_1',
  keyId: 'key_1',
  apiKey: { id: 'key_1', name: 'main' },
  status: 'COMPLETED',
  model: 'stub',
  provider: 'stub',
  endUser: null,
  tokensIn: 1,
  tokensOut: 1,
  cost: 0,
  firstByteMs: 1,
  totalMs: 2,
  attemptCount: 1,
  errorCode: null,
  represents: 1,
});

const requests = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => request(from + index));
const arrive = (from: number, to: number, skipped = 0) => ({ requests: requests(from, to), skipped });
const numbers = (rows: readonly RequestSummaryFragment[]) => rows.map(({ id }) => Number(id.slice('req_'.length)));

describe('addArrival', () => {
  it('puts the last request on top, once, and keeps the rows that are there', () => {
    const before = addArrival(noLiveRows, arrive(1, 2));
    const after = addArrival(before, arrive(2, 4, 3));
    expect(numbers(after.rows)).toEqual([4, 3, 2, 1]);
    expect(after.rows[2]).toBe(before.rows[0]);
    expect(after.skipped).toBe(3);
  });

  it('keeps the newest 50', () => {
    const { rows } = addArrival(addArrival(noLiveRows, arrive(1, 150)), arrive(151, 300));
    expect(rows).toHaveLength(maxLiveRows);
    expect(numbers(rows).at(0)).toBe(300);
    expect(numbers(rows).at(-1)).toBe(251);
  });

  it('returns the same rows where nothing has arrived', () => {
    const live = addArrival(noLiveRows, arrive(1, 2));
    expect(addArrival(live, arrive(1, 2))).toBe(live);
  });
});

describe('addNewestPage', () => {
  const newestFirst = (from: number, to: number) => requests(from, to).toReversed();

  it('adds what is missing on top', () => {
    const live = addNewestPage(addArrival(noLiveRows, arrive(1, 3)), newestFirst(2, 5), true);
    expect(numbers(live.rows)).toEqual([5, 4, 3, 2, 1]);
    expect(live.hasGap).toBe(false);
  });

  it('finds a gap where the page does not reach back to the rows that are shown', () => {
    const shown = addArrival(noLiveRows, arrive(1, 3));
    expect(addNewestPage(shown, newestFirst(10, 12), true).hasGap).toBe(true);
    expect(addNewestPage(shown, newestFirst(4, 6), false).hasGap).toBe(false);
    expect(addNewestPage(noLiveRows, newestFirst(1, 50), true).hasGap).toBe(false);
  });
});

describe('LiveQueue', () => {
  it('gives requests in parts, in their order', () => {
    const queue = new LiveQueue();
    queue.push(arrive(1, 3, 2));
    const first = queue.take(2);
    expect([numbers(first.requests), first.skipped]).toEqual([[1, 2], 2]);
    expect(queue.isEmpty).toBe(false);
    expect(queue.take(2)).toEqual(arrive(3, 3));
    expect(queue.isEmpty).toBe(true);
  });

  it('counts what does not fit on the page', () => {
    const queue = new LiveQueue();
    queue.push(arrive(1, 150));
    queue.push(arrive(151, 260, 5));
    const { requests: taken, skipped } = queue.take(Number.POSITIVE_INFINITY);
    expect(taken).toHaveLength(maxLiveRows);
    expect(numbers(taken).at(0)).toBe(211);
    expect(skipped).toBe(215);
  });
});
