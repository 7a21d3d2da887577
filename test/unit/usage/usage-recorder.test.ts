import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogger } from '../../../src/lib/logger.ts';
import type { UsageMessage, UsageRecord } from '../../../src/usage/usage-record.ts';
import { type RecordedUsage, UsageRecorder } from '../../../src/usage/usage-recorder.ts';

const send = vi.fn<(message: UsageMessage) => Promise<unknown>>();
const insert = vi.fn<(usage: RecordedUsage) => Promise<void>>();
let background: Promise<unknown>[];
let recorder: UsageRecorder;
let logged: string[];

beforeEach(() => {
  vi.useFakeTimers();
  send.mockReset().mockResolvedValue(undefined);
  insert.mockReset().mockResolvedValue(undefined);
  background = [];
  logged = [];
  const logger = createLogger('debug', (line) => logged.push(line));
  recorder = new UsageRecorder({ send, insert, logger, now: () => Date.now() });
});
afterEach(() => vi.useRealTimers());

/** Only its id matters here. */
const recordOf = (requestId: string, attempt: Partial<UsageRecord> = {}) =>
  ({ requestId, model: 'm'.repeat(200), attempt: 1, isLast: true, ...attempt }) as UsageRecord;
const record = (...attempts: readonly (string | UsageRecord)[]) =>
  recorder.record(
    { records: attempts.map((attempt) => (typeof attempt === 'string' ? recordOf(attempt) : attempt)) },
    (work) => background.push(work),
  );
const idsOf = (records: readonly Pick<UsageRecord, 'requestId'>[] = []) => records.map(({ requestId }) => requestId);
const sentIds = () => send.mock.calls.map(([message]) => idsOf(message.records));

test('the rows of half a second are one message, sent in the background of the first request', async () => {
  for (const id of ['a', 'b', 'c']) record(id);
  expect(background).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(499);
  expect(send).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(sentIds()).toEqual([['a', 'b', 'c']]);
  record('d');
  await vi.advanceTimersByTimeAsync(500);
  expect(sentIds()).toEqual([['a', 'b', 'c'], ['d']]);
  await Promise.all(background);
});

test('a message stays below the size limit of a queue', async () => {
  for (let index = 0; index < 1_000; index += 1) record(`id ${index}`);
  await vi.advanceTimersByTimeAsync(500);
  expect(sentIds().flat()).toHaveLength(1_000);
  for (const [message] of send.mock.calls) expect(JSON.stringify(message).length).toBeLessThan(128_000);
});

test('requests with several attempts go in a message of version 2, and the others in one of version 1 without attempts', async () => {
  record('a');
  record(recordOf('b', { isLast: false }), recordOf('b', { attempt: 2 }));
  record('c');
  await vi.advanceTimersByTimeAsync(500);
  const [single, several] = send.mock.calls.map(([message]) => message);
  expect([single?.version, idsOf(single?.records)]).toEqual([1, ['a', 'c']]);
  const sentRecords: object[] = JSON.parse(JSON.stringify(single?.records));
  expect(sentRecords.flatMap((encoded) => Object.keys(encoded))).not.toContain('attempt');
  expect(sentRecords.flatMap((encoded) => Object.keys(encoded))).not.toContain('isLast');
  expect(several).toMatchObject({
    version: 2,
    records: [
      { attempt: 1, isLast: false },
      { attempt: 2, isLast: true },
    ],
  });
  expect(send).toHaveBeenCalledTimes(2);
});

test('the attempts of a request are never in two messages, nor written by two statements', async () => {
  send.mockRejectedValue(new Error('refused'));
  const attemptsOf = (id: string) =>
    Array.from({ length: 7 }, (_, index) => recordOf(id, { attempt: index + 1, isLast: index === 6 }));
  for (let index = 0; index < 200; index += 1) record(...attemptsOf(`id ${index}`));
  await vi.advanceTimersByTimeAsync(500);
  const batches = [
    ...send.mock.calls.map(([{ records }]) => idsOf(records)),
    ...insert.mock.calls.map(([{ records }]) => idsOf(records)),
  ];
  expect(batches.length).toBeGreaterThan(4);
  for (const ids of batches) for (const id of ids) expect(ids.filter((other) => other === id)).toHaveLength(7);
});

test('the rows go directly to the ledger if the queue refuses them', async () => {
  send.mockRejectedValue(new Error('refused'));
  record('a');
  await vi.advanceTimersByTimeAsync(500);
  expect(insert.mock.calls.map(([{ records }]) => idsOf(records))).toEqual([['a']]);
});

test('the rows go directly to the ledger if the queue hangs for two seconds', async () => {
  send.mockReturnValue(new Promise(() => undefined));
  record('a');
  await vi.advanceTimersByTimeAsync(2_499);
  expect(insert).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(insert).toHaveBeenCalledTimes(1);
});

test('many messages wait for a hanging queue at the same time', async () => {
  send.mockReturnValue(new Promise(() => undefined));
  for (let index = 0; index < 2_000; index += 1) record(`id ${index}`);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(send.mock.calls.length).toBeGreaterThan(3);
  expect(insert.mock.calls.flatMap(([{ records }]) => idsOf(records))).toHaveLength(2_000);
});

test('rows that neither the queue nor the ledger accepts are logged and kept for the next flush', async () => {
  send.mockRejectedValueOnce(new Error('refused'));
  insert.mockRejectedValueOnce(new Error('down'));
  record('a');
  await vi.advanceTimersByTimeAsync(500);
  expect(logged.join('')).toContain('usage could be delivered nowhere');
  record('b');
  await recorder.flush();
  expect(sentIds().at(-1)).toEqual(['a', 'b']);
});

test('a request that died before it sent its rows does not block later requests', async () => {
  // Its context is gone: the timer that it waits for never fires.
  const timeout = vi.spyOn(globalThis, 'setTimeout').mockReturnValueOnce(0 as never);
  record('a');
  timeout.mockRestore();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(send).not.toHaveBeenCalled();
  record('b');
  await vi.advanceTimersByTimeAsync(500);
  expect(sentIds()).toEqual([['a', 'b']]);
});

test('a row counts as sent once the queue accepts it, a reserved row once it is marked as written', async () => {
  record('a');
  expect([recorder.last, recorder.sentUpTo(0), recorder.sentUpTo(1)]).toEqual([1, true, false]);
  await vi.advanceTimersByTimeAsync(500);
  expect(recorder.sentUpTo(1)).toBe(true);
  const markWritten = recorder.reserveRow();
  record('b');
  await vi.advanceTimersByTimeAsync(500);
  expect([recorder.last, recorder.sentUpTo(1), recorder.sentUpTo(2)]).toEqual([3, true, false]);
  markWritten();
  expect(recorder.sentUpTo(3)).toBe(true);
});

test('a reserved row that is not written expires after a minute', async () => {
  recorder.reserveRow();
  await vi.advanceTimersByTimeAsync(59_999);
  expect(recorder.sentUpTo(1)).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(recorder.sentUpTo(1)).toBe(true);
});

test('the rows of a request that died while it sent them are sent again', async () => {
  send.mockReturnValueOnce(new Promise(() => undefined));
  const timeout = vi.spyOn(globalThis, 'setTimeout').mockReturnValueOnce(0 as never);
  record('a');
  // Its context is gone in the middle: neither the answer nor the time-out comes.
  timeout.mockReturnValueOnce(0 as never);
  void recorder.flush();
  timeout.mockRestore();
  await recorder.flush();
  expect(sentIds()).toEqual([['a']]);
  await vi.advanceTimersByTimeAsync(30_000);
  await recorder.flush();
  expect(sentIds()).toEqual([['a'], ['a']]);
  expect(recorder.sentUpTo(1)).toBe(true);
});
