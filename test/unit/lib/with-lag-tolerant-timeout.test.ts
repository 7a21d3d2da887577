import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withLagTolerantTimeout } from '../../../src/lib/with-lag-tolerant-timeout.ts';

let answeredAtMs: number;

beforeEach(() => {
  answeredAtMs = 0;
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

/** Advances the clock. Every timer fires late by `lateMs`, as in a busy isolate. */
async function pass(ms: number, lateMs: number) {
  const untilMs = Date.now() + ms;
  while (Date.now() < untilMs) {
    vi.setSystemTime(Date.now() + lateMs);
    await vi.advanceTimersByTimeAsync(30);
  }
}

function watch(work: Promise<string>) {
  const outcomes: string[] = [];
  withLagTolerantTimeout({ timeoutMs: 150, hasAnsweredSince: (sinceMs) => answeredAtMs >= sinceMs }, work).then(
    (value) => outcomes.push(value),
    (error: Error) => outcomes.push(error.message),
  );
  return outcomes;
}

const never = new Promise<string>(() => undefined);

test('rejects after the timeout if the peer does not answer', async () => {
  const outcomes = watch(never);
  await vi.advanceTimersByTimeAsync(149);
  expect(outcomes).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(outcomes).toEqual(['no answer within 150 ms']);
});

test('does not count time in which the isolate is busy', async () => {
  const answer = Promise.withResolvers<string>();
  const outcomes = watch(answer.promise);
  await pass(1_000, 50);
  expect(outcomes).toEqual([]);
  answer.resolve('here');
  await vi.advanceTimersByTimeAsync(0);
  expect(outcomes).toEqual(['here']);
});

test('rejects in the end even if the isolate stays busy', async () => {
  const outcomes = watch(never);
  await pass(1_600, 50);
  expect(outcomes).toEqual(['no answer within 150 ms']);
});

test('does not count time in which the peer answers other requests', async () => {
  const outcomes = watch(never);
  for (let turn = 0; turn < 20; turn += 1) {
    answeredAtMs = Date.now();
    await vi.advanceTimersByTimeAsync(30);
  }
  expect(outcomes).toEqual([]);
  await vi.advanceTimersByTimeAsync(150);
  expect(outcomes).toEqual(['no answer within 150 ms']);
});
