import { expect, it } from 'vitest';
import { ByteBudget, ReplyBuffer } from '../../../src/reply-cache/reply-buffer.ts';

const bytes = (length: number, value = 1) => new Uint8Array(length).fill(value);

it('gathers chunks in their order up to its maximum', () => {
  const buffer = new ReplyBuffer(new ByteBudget(100_000), 10_000);
  buffer.append(bytes(1, 7));
  buffer.append(bytes(5_000, 8));
  buffer.append(bytes(4_999, 9));
  expect(buffer.copy()).toEqual(Uint8Array.from([7, ...bytes(5_000, 8), ...bytes(4_999, 9)]));
});

it('is empty for good once a chunk exceeds its maximum', () => {
  const buffer = new ReplyBuffer(new ByteBudget(100_000), 10_000);
  buffer.append(bytes(9_000));
  buffer.append(bytes(1_001));
  buffer.append(bytes(1));
  expect(buffer.copy()).toBeUndefined();
});

it('shares a budget, and gives its part back once', () => {
  const budget = new ByteBudget(10_000);
  const [first, second] = [new ReplyBuffer(budget, 8_000), new ReplyBuffer(budget, 8_000)];
  first.append(bytes(8_000));
  second.append(bytes(3_000));
  expect([first.copy()?.byteLength, second.copy()]).toEqual([8_000, undefined]);
  expect(budget.take(2_001)).toBe(false);
  first.clear();
  first.clear();
  second.clear();
  expect([budget.take(10_000), budget.take(1)]).toEqual([true, false]);
});

it('has no bytes without a chunk', () => {
  expect(new ReplyBuffer(new ByteBudget(0), 1).copy()).toEqual(new Uint8Array());
});
