import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createLogger } from '../../../src/lib/logger.ts';
import type { MessageOutcome } from '../../../src/outbox/message-outcome.ts';
import { consumeEach } from '../../../src/queue/consume-each.ts';
import { createBatch } from './message-batch.ts';

const schema = z.object({ version: z.literal(1), rowId: z.string() });
type Handle = (body: z.infer<typeof schema>) => Promise<MessageOutcome>;

const messageOf = (rowId: string) => ({ version: 1, rowId });
const messages = (count: number) => Array.from({ length: count }, (_, index) => messageOf(`row_${index}`));

afterEach(() => vi.restoreAllMocks());

async function consume(
  bodies: readonly unknown[],
  handle: Handle,
  options: { maxConcurrency?: number; maxStartDelayMs?: number } = {},
) {
  const { batch, acked, retried } = createBatch(bodies);
  const lines: string[] = [];
  await consumeEach(batch, {
    schema,
    handle,
    maxConcurrency: 2,
    errorTexts: { unreadable: 'unreadable', failed: 'failed' },
    logger: createLogger('debug', (line) => lines.push(line)),
    ...options,
  });
  return { acked, retried, logged: lines.map((line) => JSON.parse(line)) };
}

describe('consumeEach', () => {
  it('acknowledges and retries each message by its own outcome', async () => {
    const outcomes: Record<string, MessageOutcome> = {
      row_0: { action: 'ack' },
      row_1: { action: 'retry', delayMs: 4_001 },
      row_2: { action: 'retry', delayMs: 0 },
    };
    const { acked, retried, logged } = await consume(messages(3), async ({ rowId }) => {
      return outcomes[rowId] ?? { action: 'ack' };
    });
    expect(acked).toEqual(['m0']);
    expect(retried).toEqual([
      ['m1', 5],
      ['m2', 0],
    ]);
    expect(logged).toEqual([]);
  });

  it('retries a body that cannot be parsed without handling it, and handles the others', async () => {
    const handle = vi.fn<Handle>(async () => ({ action: 'ack' }));
    const bodies = [null, { version: 2, rowId: 'row_0' }, { version: 1 }, messageOf('row_1')];
    const { acked, retried, logged } = await consume(bodies, handle);
    expect(handle).toHaveBeenCalledExactlyOnceWith(messageOf('row_1'));
    expect(acked).toEqual(['m3']);
    expect(retried).toEqual([
      ['m0', 5],
      ['m1', 5],
      ['m2', 5],
    ]);
    expect(logged.map(({ level, message, messageId }) => [level, message, messageId])).toEqual([
      ['error', 'unreadable', 'm0'],
      ['error', 'unreadable', 'm1'],
      ['error', 'unreadable', 'm2'],
    ]);
  });

  it('retries a message whose handling fails, and logs its ids and the class of the error only', async () => {
    const { acked, retried, logged } = await consume(messages(2), async ({ rowId }) => {
      if (rowId === 'row_0') throw new RangeError('a prompt');
      return { action: 'ack' };
    });
    expect([acked, retried]).toEqual([['m1'], [['m0', 5]]]);
    expect(logged).toEqual([
      { level: 'error', time: expect.any(String), message: 'failed', rowId: 'row_0', cause: 'RangeError' },
    ]);
  });

  it.each([1, 4])('handles at most %i messages at once', async (maxConcurrency) => {
    let [running, maxRunning] = [0, 0];
    const handle: Handle = async () => {
      running += 1;
      maxRunning = Math.max(maxRunning, running);
      await Promise.resolve();
      running -= 1;
      return { action: 'ack' };
    };
    const { acked } = await consume(messages(9), handle, { maxConcurrency });
    expect([acked.length, maxRunning]).toEqual([9, maxConcurrency]);
  });

  it('retries the messages that it has no time to start', async () => {
    let nowMs = 1_000_000;
    vi.spyOn(Date, 'now').mockImplementation(() => nowMs);
    const handle = vi.fn<Handle>(async () => {
      nowMs += 60_000;
      return { action: 'ack' };
    });
    const { acked, retried } = await consume(messages(4), handle, { maxConcurrency: 1, maxStartDelayMs: 120_000 });
    expect(acked).toEqual(['m0', 'm1']);
    expect(retried).toEqual([
      ['m2', undefined],
      ['m3', undefined],
    ]);
  });

  it('resolves for an empty batch', async () => {
    expect(await consume([], async () => ({ action: 'ack' }))).toEqual({ acked: [], retried: [], logged: [] });
  });
});
