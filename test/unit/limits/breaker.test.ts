import { beforeEach, expect, it, vi } from 'vitest';
import { Breaker, BreakerOpenError } from '../../../src/limits/breaker.ts';

let nowMs: number;
let breaker: Breaker;

beforeEach(() => {
  nowMs = 1_000_000;
  breaker = new Breaker(() => nowMs);
});

const succeed = () => breaker.run(async () => 'result');
const fail = () =>
  breaker
    .run(() => Promise.reject(new Error('down')))
    .catch((error: Error) => (error instanceof BreakerOpenError ? 'rejected' : 'failed'));

async function failTimes(count: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let index = 0; index < count; index += 1) outcomes.push(await fail());
  return outcomes;
}

it('returns the result of the call and rejects with its error', async () => {
  await expect(succeed()).resolves.toBe('result');
  await expect(breaker.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
});

it('opens after five failures in a row and then calls nothing', async () => {
  expect(await failTimes(6)).toEqual([...Array(5).fill('failed'), 'rejected']);
  const work = vi.fn(async () => 'result');
  await expect(breaker.run(work)).rejects.toThrow(BreakerOpenError);
  expect(work).not.toHaveBeenCalled();
});

it('stays closed if a success comes between failures', async () => {
  await failTimes(4);
  await succeed();
  await failTimes(4);
  expect(breaker.isOpen).toBe(false);
});

it('tries one call after five seconds and closes when it succeeds', async () => {
  await failTimes(5);
  nowMs += 4_999;
  expect(breaker.isOpen).toBe(true);
  nowMs += 1;
  expect(breaker.isOpen).toBe(false);
  await succeed();
  expect(await failTimes(5)).toEqual(Array(5).fill('failed'));
});

it('rejects other calls while one is tried', async () => {
  await failTimes(5);
  nowMs += 5_000;
  const trial = Promise.withResolvers<string>();
  const result = breaker.run(() => trial.promise);
  await expect(succeed()).rejects.toThrow(BreakerOpenError);
  trial.resolve('recovered');
  await expect(result).resolves.toBe('recovered');
  await expect(succeed()).resolves.toBe('result');
});

it('stays open for five more seconds if the tried call fails, counted from its failure', async () => {
  await failTimes(5);
  nowMs += 5_000;
  const trial = Promise.withResolvers<string>();
  const result = breaker.run(() => trial.promise);
  nowMs += 2_000;
  trial.reject(new Error('still down'));
  await expect(result).rejects.toThrow('still down');
  nowMs += 4_999;
  expect(breaker.isOpen).toBe(true);
  nowMs += 1;
  expect(breaker.isOpen).toBe(false);
});

it('is healthy unless the last call failed', async () => {
  expect(breaker.isHealthy).toBe(true);
  await fail();
  expect(breaker.isHealthy).toBe(false);
  await succeed();
  expect(breaker.isHealthy).toBe(true);
});
