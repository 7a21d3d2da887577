import { expect, test } from 'vitest';
import { webhookRetryDelayMs } from '../../../src/webhooks/webhook-backoff.ts';

const attempts = Array.from({ length: 9 }, (_, index) => index + 1);
const hour = 3_600_000;

test('nine attempts are spread over more than a day', () => {
  const delays = attempts.map((attempt) => webhookRetryDelayMs(attempt, 0, () => 0.5));
  const minutes = [5 / 60, 0.5, 5, 30, 120, 300, 600, 600];
  expect(delays).toEqual([...minutes.map((count) => Math.round(count * 60_000)), undefined]);
});

test('a fifth more or less is left to chance', () => {
  expect([0, 0.5, 0.999_999].map((chance) => webhookRetryDelayMs(1, 0, () => chance))).toEqual([4_000, 5_000, 6_000]);
  expect(webhookRetryDelayMs(8, 0, () => 1)).toBe(12 * hour);
});

test('a receiver may ask for more time, up to twelve hours, but not for less and not for another attempt', () => {
  expect(webhookRetryDelayMs(1, 90, () => 0.5)).toBe(90_000);
  expect(webhookRetryDelayMs(4, 1, () => 0.5)).toBe(hour / 2);
  expect(webhookRetryDelayMs(1, 1e9, () => 0.5)).toBe(12 * hour);
  expect(webhookRetryDelayMs(9, 1, () => 0.5)).toBeUndefined();
});
