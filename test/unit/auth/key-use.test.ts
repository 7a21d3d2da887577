import { beforeEach, expect, it, vi } from 'vitest';
import { KeyUse } from '../../../src/auth/key-use.ts';

let now: number;
let background: Promise<unknown>[];
const touch = vi.fn<(keyId: string) => Promise<unknown>>();
let use: KeyUse;

beforeEach(() => {
  now = 1_000_000;
  background = [];
  touch.mockReset().mockResolvedValue(undefined);
  use = new KeyUse({ touch, now: () => now });
});

const record = (keyId: string) => use.record(keyId, (work) => background.push(work));

it('records the first use of a key and then at most one a minute', () => {
  record('key_1');
  now += 59_999;
  record('key_1');
  record('key_2');
  expect(touch.mock.calls).toEqual([['key_1'], ['key_2']]);
  now += 1;
  record('key_1');
  expect(touch).toHaveBeenCalledTimes(3);
});

it('does not throw if a use cannot be written', async () => {
  touch.mockRejectedValue(new Error('down'));
  record('key_1');
  await expect(Promise.all(background)).resolves.toBeDefined();
});

it('forgets the key that was recorded the longest time ago when it has 10,000', () => {
  record('key_1');
  for (let index = 0; index < 9_999; index += 1) record(`other_${index}`);
  touch.mockClear();
  record('key_1');
  expect(touch).not.toHaveBeenCalled();
  record('new');
  record('key_1');
  record('other_1');
  expect(touch.mock.calls).toEqual([['new'], ['key_1']]);
});
