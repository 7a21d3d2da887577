import { beforeEach, expect, test, vi } from 'vitest';
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

const note = (keyId: string) => use.note(keyId, (work) => background.push(work));

test('a key is noted with its first use and then at most once a minute, each key for itself', () => {
  note('key_1');
  now += 59_999;
  note('key_1');
  note('key_2');
  expect(touch.mock.calls).toEqual([['key_1'], ['key_2']]);
  now += 1;
  note('key_1');
  expect(touch).toHaveBeenCalledTimes(3);
});

test('a use that cannot be written fails nothing', async () => {
  touch.mockRejectedValue(new Error('down'));
  note('key_1');
  await expect(Promise.all(background)).resolves.toBeDefined();
});
