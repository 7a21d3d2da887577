import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../src/db/client.ts';
import type { OutboxTable } from '../../../src/db/queries/outbox.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { Outbox } from '../../../src/outbox/outbox.ts';

const database = {} as Database;
let takeUnqueued: ReturnType<typeof vi.fn<OutboxTable['takeUnqueued']>>;
let markNotEnqueued: ReturnType<typeof vi.fn<OutboxTable['markNotEnqueued']>>;
let enqueue: ReturnType<typeof vi.fn<(messages: readonly string[]) => Promise<unknown>>>;
let lines: string[];
let outbox: Outbox<string>;

beforeEach(() => {
  vi.useFakeTimers();
  takeUnqueued = vi.fn(async () => []);
  markNotEnqueued = vi.fn(async () => undefined);
  enqueue = vi.fn(async () => undefined);
  lines = [];
  outbox = new Outbox({
    table: { takeUnqueued, markNotEnqueued },
    createMessage: (id) => `message of ${id}`,
    log: { subject: 'rows', countField: 'rows', idsField: 'rowIds' },
  });
});
afterEach(() => vi.useRealTimers());

const dependencies = () => ({ database, enqueue, logger: createLogger('debug', (line) => lines.push(line)) });
const logged = () =>
  lines.map((line) => JSON.parse(line)).map(({ level, message, time: _, ...fields }) => [level, message, fields]);
const batch = (size: number) => Array.from({ length: size }, (_, index) => `row_${index}`);

describe('enqueue', () => {
  it('sends one batch with a message for each row', async () => {
    expect(await outbox.enqueue(dependencies(), ['row_1', 'row_2'])).toBe(true);
    expect(enqueue).toHaveBeenCalledExactlyOnceWith(['message of row_1', 'message of row_2']);
    expect(markNotEnqueued).not.toHaveBeenCalled();
    expect(logged()).toEqual([]);
  });

  it('sends nothing without rows', async () => {
    expect(await outbox.enqueue(dependencies(), [])).toBe(true);
    expect(enqueue).not.toHaveBeenCalled();
  });

  it('marks the rows as not enqueued if the queue refuses', async () => {
    enqueue.mockRejectedValueOnce(new TypeError('key_secret'));
    expect(await outbox.enqueue(dependencies(), ['row_1'])).toBe(false);
    expect(markNotEnqueued).toHaveBeenCalledExactlyOnceWith(database, ['row_1']);
    const fields = { rowIds: ['row_1'], cause: 'TypeError' };
    expect(logged()).toEqual([['warn', 'rows could not be enqueued: the next sweep will', fields]]);
  });

  it.each([
    [undefined, 1_000],
    [2_000, 2_000],
  ])('waits %s ms for a queue that hangs, by default a second', async (timeoutMs, expectedMs) => {
    enqueue.mockReturnValueOnce(new Promise(() => undefined));
    const result = outbox.enqueue(dependencies(), ['row_1'], timeoutMs);
    await vi.advanceTimersByTimeAsync(expectedMs - 1);
    expect(markNotEnqueued).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toBe(false);
    expect(markNotEnqueued).toHaveBeenCalledExactlyOnceWith(database, ['row_1']);
  });

  it('returns false if the rows cannot be marked either', async () => {
    enqueue.mockRejectedValueOnce(new Error('refused'));
    markNotEnqueued.mockRejectedValueOnce(new Error('no database'));
    expect(await outbox.enqueue(dependencies(), ['row_1'])).toBe(false);
  });

  it('does not wait longer than its time limit for the rows to be marked', async () => {
    enqueue.mockRejectedValueOnce(new Error('refused'));
    markNotEnqueued.mockReturnValueOnce(new Promise(() => undefined));
    const result = outbox.enqueue(dependencies(), ['row_1']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await result).toBe(false);
  });
});

describe('sweep', () => {
  it('takes 100 rows at once until fewer are left', async () => {
    takeUnqueued.mockResolvedValueOnce(batch(100)).mockResolvedValueOnce(batch(100)).mockResolvedValueOnce(batch(7));
    await outbox.sweep(dependencies());
    expect(takeUnqueued.mock.calls).toEqual(Array(3).fill([database, 100]));
    expect(enqueue.mock.calls.map(([messages]) => messages.length)).toEqual([100, 100, 7]);
    expect(logged()).toEqual([100, 100, 7].map((rows) => ['info', 'rows swept', { rows }]));
  });

  it('sends and logs nothing without rows', async () => {
    await outbox.sweep(dependencies());
    expect([takeUnqueued.mock.calls.length, enqueue.mock.calls.length, logged()]).toEqual([1, 0, []]);
  });

  it('stops when the queue refuses, with the rows marked as not enqueued', async () => {
    takeUnqueued.mockResolvedValue(batch(100));
    enqueue.mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error('refused'));
    await outbox.sweep(dependencies());
    expect(takeUnqueued).toHaveBeenCalledTimes(2);
    expect(markNotEnqueued).toHaveBeenCalledExactlyOnceWith(database, batch(100));
  });

  it('stops two seconds after the queue hangs', async () => {
    takeUnqueued.mockResolvedValue(batch(100));
    enqueue.mockReturnValue(new Promise(() => undefined));
    const sweep = outbox.sweep(dependencies());
    await vi.advanceTimersByTimeAsync(1_999);
    expect(markNotEnqueued).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await sweep;
    expect([takeUnqueued.mock.calls.length, markNotEnqueued.mock.calls.length]).toEqual([1, 1]);
  });

  it('stops after 50 batches', async () => {
    takeUnqueued.mockResolvedValue(batch(100));
    await outbox.sweep(dependencies());
    expect(enqueue).toHaveBeenCalledTimes(50);
  });

  it('rejects if the database fails', async () => {
    takeUnqueued.mockRejectedValueOnce(new Error('no database'));
    await expect(outbox.sweep(dependencies())).rejects.toThrow('no database');
  });
});
