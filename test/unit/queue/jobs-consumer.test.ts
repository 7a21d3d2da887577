import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../../../src/lib/logger.ts';
import type { MessageOutcome } from '../../../src/outbox/message-outcome.ts';
import { consumeJobs } from '../../../src/queue/jobs-consumer.ts';
import { createBatch } from './message-batch.ts';

const logger = createLogger('error', () => undefined);
const messages = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ version: 1, jobId: `job_${index}` }));

afterEach(() => vi.restoreAllMocks());

describe('consumeJobs', () => {
  it('runs each job by its id', async () => {
    const run = vi.fn(async (jobId: string): Promise<MessageOutcome> => {
      return jobId === 'job_1' ? { action: 'retry', delayMs: 1_500 } : { action: 'ack' };
    });
    const { batch, acked, retried } = createBatch(messages(3));
    await consumeJobs(batch, { run, logger });
    expect(run.mock.calls).toEqual([['job_0'], ['job_1'], ['job_2']]);
    expect([acked, retried]).toEqual([['m0', 'm2'], [['m1', 2]]]);
  });

  it('runs at most four jobs at once', async () => {
    let [running, maxRunning] = [0, 0];
    const run = async (): Promise<MessageOutcome> => {
      running += 1;
      maxRunning = Math.max(maxRunning, running);
      await Promise.resolve();
      running -= 1;
      return { action: 'ack' };
    };
    const { batch, acked } = createBatch(messages(20));
    await consumeJobs(batch, { run, logger });
    expect([acked.length, maxRunning]).toEqual([20, 4]);
  });

  it('starts no job that could outlive the invocation', async () => {
    let nowMs = 1_000_000;
    vi.spyOn(Date, 'now').mockImplementation(() => nowMs);
    // Four minutes are left of 14 once a job may take ten.
    const run = vi.fn(async (): Promise<MessageOutcome> => {
      nowMs += 60_000;
      return { action: 'ack' };
    });
    const { batch, acked, retried } = createBatch(messages(8));
    await consumeJobs(batch, { run, logger });
    expect([acked.length, retried.length]).toEqual([4, 4]);
  });
});
