import { expect, test } from 'vitest';
import { mergeUsage } from '../../../src/gateway/merge-usage.ts';

test('takes the first count of a stream as it is', () => {
  expect(mergeUsage(undefined, { input: 3 })).toEqual({ input: 3 });
});

test('raises each count by itself, and lowers none', () => {
  const earlier = { input: 10, output: 3, cacheRead: 8 };
  expect(mergeUsage(earlier, { input: 0, output: 5, reasoning: 0 })).toEqual({
    input: 10,
    output: 5,
    cacheRead: 8,
    reasoning: 0,
  });
});

test('keeps a count that a later usage leaves out', () => {
  expect(mergeUsage({ input: 10, cacheRead: 8 }, { input: undefined, output: 5 })).toEqual({
    input: 10,
    cacheRead: 8,
    output: 5,
  });
});

test('keeps that a part of the usage has no listed price', () => {
  expect(mergeUsage({ input: 10, unpriced: true }, { input: 11 })).toEqual({ input: 11, unpriced: true });
  expect(mergeUsage({ input: 10 }, { input: 11, unpriced: true })).toEqual({ input: 11, unpriced: true });
});
