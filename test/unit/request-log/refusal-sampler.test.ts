import { expect, it } from 'vitest';
import { RefusalSampler } from '../../../src/request-log/refusal-sampler.ts';

const count = (sampler: RefusalSampler, times: number, nowMs: number, key = 'key_1') =>
  Array.from({ length: times }, () => sampler.count(key, nowMs));
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

it('logs each refused request of a key up to a thousand in a minute', () => {
  expect(new Set(count(new RefusalSampler(), 1_000, 0))).toEqual(new Set([1]));
});

it('logs one of a hundred beyond that, which stands for all of them', () => {
  const sampler = new RefusalSampler();
  count(sampler, 1_000, 0);
  const flood = count(sampler, 5_050, 1_000);
  expect(flood.filter((represents) => represents > 0)).toEqual(Array.from({ length: 50 }, () => 100));
  expect(sum(count(sampler, 1, 60_000))).toBe(51);
});

it('counts each key by itself', () => {
  const sampler = new RefusalSampler();
  count(sampler, 1_001, 0);
  expect(count(sampler, 1, 0, 'key_2')).toEqual([1]);
});
