import { beforeEach, expect, test, vi } from 'vitest';
import { hashKey } from '../../../src/auth/hash-key.ts';
import { KeyVerifier } from '../../../src/auth/key-verifier.ts';
import type { Principal } from '../../../src/domain/principal.ts';
import { callerWith } from '../../support/principal.ts';
import { waitFor } from '../../support/wait-for.ts';

const principal = callerWith({ scopes: ['chat'] });

let now: number;
let background: Promise<unknown>[];
let findCaller: ReturnType<typeof vi.fn<(keyHash: string) => Promise<Principal | undefined>>>;
let noteUse: ReturnType<typeof vi.fn<(keyId: string) => void>>;
let keys: KeyVerifier;

beforeEach(() => {
  now = 1_000_000;
  background = [];
  findCaller = vi.fn(async () => principal);
  noteUse = vi.fn();
  keys = new KeyVerifier({ findCaller, canBeKey: (text) => text !== 'garbage', noteUse, now: () => now });
});

const verify = (key = 'a key') => keys.verify(key, (work) => background.push(work));
const settleBackground = () => Promise.all(background.splice(0));

test('a key is looked up by its SHA-256 and then known for less than five seconds', async () => {
  expect(await verify()).toEqual(principal);
  expect(findCaller).toHaveBeenCalledExactlyOnceWith(await hashKey('a key'));
  now += 1_999;
  expect(await verify()).toEqual(principal);
  expect(findCaller).toHaveBeenCalledTimes(1);
  now += 5_000;
  await verify();
  expect(findCaller).toHaveBeenCalledTimes(2);
});

test('a key in use is renewed behind the reply, once at a time, and so never waits', async () => {
  await verify();
  const slow = Promise.withResolvers<Principal>();
  findCaller.mockReturnValue(slow.promise);
  now += 2_000;
  expect(await Promise.all([verify(), verify(), verify()])).toEqual([principal, principal, principal]);
  expect(findCaller).toHaveBeenCalledTimes(2);
  slow.resolve(principal);
  await settleBackground();
  now += 1_999;
  await verify();
  expect(findCaller).toHaveBeenCalledTimes(2);
});

test('a revoked key is refused within five seconds, however often it is used', async () => {
  await verify();
  findCaller.mockResolvedValue(undefined);
  let refusedAfterMs = 0;
  for (; refusedAfterMs < 10_000; refusedAfterMs += 100, now += 100) {
    if ((await verify()) === undefined) break;
    await settleBackground();
  }
  expect(refusedAfterMs).toBeLessThanOrEqual(5_000);
});

test('a revoked key is refused within five seconds also where renewing it hangs or fails', async () => {
  for (const breakDown of [() => new Promise<Principal>(() => undefined), () => Promise.reject(new Error('down'))]) {
    findCaller.mockResolvedValue(principal);
    await verify('other');
    findCaller.mockImplementation(breakDown);
    now += 2_500;
    expect(await verify('other')).toEqual(principal);
    findCaller.mockResolvedValue(undefined);
    now += 2_500;
    expect(await verify('other')).toBeUndefined();
    background.length = 0;
    now += 10_000;
  }
});

test('an answer is as old as its question: a slow look-up does not lengthen the life of a key', async () => {
  findCaller.mockImplementation(async () => {
    now += 4_000;
    return principal;
  });
  await verify();
  now += 1_000;
  findCaller.mockResolvedValue(undefined);
  expect(await verify()).toBeUndefined();
});

test('of two look-ups the one that was asked later counts, whichever answers first', async () => {
  const slow = Promise.withResolvers<Principal>();
  findCaller.mockReturnValueOnce(slow.promise);
  const first = verify();
  await waitFor(() => expect(findCaller).toHaveBeenCalledTimes(1));
  now += 100;
  findCaller.mockResolvedValue(undefined);
  expect(await verify()).toBeUndefined();
  slow.resolve(principal);
  expect(await first).toBeUndefined();
  expect(await verify()).toBeUndefined();
});

test('a renewal that fails is tried again after half a second, and a key in use does not notice', async () => {
  await verify();
  now += 2_000;
  findCaller.mockRejectedValueOnce(new Error('down'));
  expect(await verify()).toEqual(principal);
  await settleBackground();
  now += 499;
  await verify();
  expect(findCaller).toHaveBeenCalledTimes(2);
  now += 1;
  await verify();
  await settleBackground();
  expect(findCaller).toHaveBeenCalledTimes(3);
  now += 4_499;
  findCaller.mockRejectedValue(new Error('down'));
  expect(await verify()).toEqual(principal);
});

test('a key that is remembered ends at the moment when it expires', async () => {
  findCaller.mockResolvedValue({ ...principal, expiresAt: new Date(now + 1_000) });
  await verify();
  now += 999;
  expect(await verify()).toBeDefined();
  now += 1;
  expect(await verify()).toBeUndefined();
});

test('a suspension is seen as soon as a revocation', async () => {
  await verify();
  findCaller.mockResolvedValue({ ...principal, tenantActive: false });
  now += 2_000;
  expect(await verify()).toEqual(principal);
  await settleBackground();
  expect(await verify()).toEqual({ ...principal, tenantActive: false });
});

test('an unknown key is asked for again after a second', async () => {
  findCaller.mockResolvedValue(undefined);
  expect(await verify()).toBeUndefined();
  now += 999;
  expect(await verify()).toBeUndefined();
  expect(findCaller).toHaveBeenCalledTimes(1);
  now += 1;
  findCaller.mockResolvedValue(principal);
  expect(await verify()).toEqual(principal);
});

test('a look-up that fails rejects, and a key that is known goes on working until it has to be looked up', async () => {
  await verify();
  findCaller.mockRejectedValue(new Error('down'));
  now += 4_999;
  expect(await verify()).toEqual(principal);
  await settleBackground();
  now += 1;
  await expect(verify()).rejects.toThrow('down');
});

test('invented keys push the oldest out, and a very long one is not even looked up', async () => {
  await verify();
  for (let index = 0; index < 10_000; index += 1) await verify(`invented ${index}`);
  const before = findCaller.mock.calls.length;
  await verify();
  expect(findCaller).toHaveBeenCalledTimes(before + 1);
  expect(await verify('x'.repeat(513))).toBeUndefined();
  expect(findCaller).toHaveBeenCalledTimes(before + 1);
});

test('the hash of a key is SHA-256 in hex', async () => {
  expect(await hashKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('what cannot be a key is refused with no look-up', async () => {
  expect(await verify('garbage')).toBeUndefined();
  expect(findCaller).not.toHaveBeenCalled();
});

test('each use of a good key is told, of an unknown or an expired one none', async () => {
  await verify();
  await verify();
  expect(noteUse.mock.calls.map(([keyId]) => keyId)).toEqual(['key_1', 'key_1']);
  findCaller.mockResolvedValue(undefined);
  await verify('unknown');
  findCaller.mockResolvedValue({ ...principal, expiresAt: new Date(now) });
  await verify('expired');
  expect(noteUse).toHaveBeenCalledTimes(2);
});

test('a key that is used many times at once is looked up once', async () => {
  findCaller.mockImplementation(async () => {
    await scheduler.wait(20);
    return principal;
  });
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => verify())))).toEqual(new Set([principal]));
  expect(findCaller).toHaveBeenCalledOnce();
});

test('a look-up that dies with its request holds the others up for a moment only', async () => {
  findCaller.mockReturnValueOnce(new Promise(() => undefined));
  void verify();
  await waitFor(() => expect(findCaller).toHaveBeenCalledOnce());
  expect(await Promise.all([verify(), verify()])).toEqual([principal, principal]);
});
