import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../src/db/client.ts';
import { holdLease } from '../../../src/jobs/hold-lease.ts';

const startMs = 1_000_000;
let execute: ReturnType<typeof vi.fn<() => Promise<{ rows: unknown[] }>>>;

beforeEach(() => {
  vi.useFakeTimers({ now: startMs });
  execute = vi.fn(async () => ({ rows: [{ id: 'job_1' }] }));
});
afterEach(() => vi.useRealTimers());

const hold = (claimedAtMs = startMs) =>
  holdLease({ execute } as unknown as Database, { id: 'job_1', token: 'lease_1', claimedAtMs });

describe('holdLease', () => {
  it('renews the lease every 1.5 seconds until it is stopped', async () => {
    const { lost, stop } = hold();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([execute.mock.calls.length, lost.aborted]).toEqual([40, false]);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(execute).toHaveBeenCalledTimes(40);
  });

  it('is lost as soon as a heartbeat finds no lease', async () => {
    const { lost } = hold();
    execute.mockResolvedValueOnce({ rows: [] });
    await vi.advanceTimersByTimeAsync(1_499);
    expect(lost.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(lost.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(execute).toHaveBeenCalledOnce();
  });

  it('survives a short failure of the database', async () => {
    const { lost } = hold();
    for (let count = 0; count < 4; count += 1) execute.mockRejectedValueOnce(new Error('no database'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lost.aborted).toBe(false);
  });

  it.each(['refuses', 'hangs'])('is lost before it expires if the database %s', async (failure) => {
    execute.mockImplementation(() =>
      failure === 'hangs' ? new Promise(() => undefined) : Promise.reject(new Error('no database')),
    );
    const { lost } = hold();
    let lostAtMs = Number.POSITIVE_INFINITY;
    lost.addEventListener('abort', () => {
      lostAtMs = Date.now() - startMs;
    });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(lostAtMs).toBeGreaterThan(10_000);
    expect(lostAtMs).toBeLessThan(15_000);
  });

  it('counts the life of the lease from the time at which the claim was sent', async () => {
    execute.mockRejectedValue(new Error('no database'));
    const { lost } = hold(startMs - 11_000);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(lost.aborted).toBe(true);
  });
});
