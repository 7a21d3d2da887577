import { expect, test } from 'vitest';
import { retryDelayMs } from '../../../src/jobs/job-backoff.ts';

test('grows with each attempt up to one minute, with up to half of it as jitter', () => {
  const minDelays = [1, 2, 3, 4, 7, 50].map((attempt) => retryDelayMs(attempt, 0, () => 1));
  const maxDelays = [1, 2, 3, 4, 7, 50].map((attempt) => retryDelayMs(attempt, 0, () => 0));
  expect(maxDelays).toEqual([1_000, 2_000, 4_000, 8_000, 60_000, 60_000]);
  expect(minDelays).toEqual(maxDelays.map((ms) => ms / 2));
});

test('is at least the requested delay, up to one hour, with jitter', () => {
  expect(retryDelayMs(1, 30, () => 0)).toBe(30_000);
  expect(retryDelayMs(1, 30, () => 1)).toBe(37_500);
  expect(retryDelayMs(1, 999_999_999, () => 0)).toBe(3_600_000);
});
