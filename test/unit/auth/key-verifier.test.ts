import { beforeEach, expect, it, vi } from 'vitest';
import { hashKey } from '../../../src/auth/hash-key.ts';
import { KeyVerifier } from '../../../src/auth/key-verifier.ts';
import type { Principal } from '../../../src/domain/principal.ts';
import { principalWith } from '../../support/principal.ts';
import { waitFor } from '../../support/wait-for.ts';

const principal = principalWith({ scopes: ['chat'] });

let now: number;
let background: Promise<unknown>[];
let findPrincipal: ReturnType<typeof vi.fn<(keyHash: string) => Promise<Principal | undefined>>>;
let recordUse: ReturnType<typeof vi.fn<(keyId: string) => void>>;
let keys: KeyVerifier;

beforeEach(() => {
  now = 1_000_000;
  background = [];
  findPrincipal = vi.fn(async () => principal);
  recordUse = vi.fn();
  keys = new KeyVerifier({ findPrincipal, canBeKey: (text) => text !== 'garbage', recordUse, now: () => now });
});

const verify = (key = 'a key') => keys.verify(key, (work) => background.push(work));
const settleBackground = () => Promise.all(background.splice(0));

it('looks a key up by its SHA-256 and caches it for less than five seconds', async () => {
  expect(await verify()).toEqual(principal);
  expect(findPrincipal).toHaveBeenCalledExactlyOnceWith(await hashKey('a key'));
  now += 1_999;
  expect(await verify()).toEqual(principal);
  expect(findPrincipal).toHaveBeenCalledTimes(1);
  now += 5_000;
  await verify();
  expect(findPrincipal).toHaveBeenCalledTimes(2);
});

it('refreshes a key in use in the background, once at a time', async () => {
  await verify();
  const slow = Promise.withResolvers<Principal>();
  findPrincipal.mockReturnValue(slow.promise);
  now += 2_000;
  expect(await Promise.all([verify(), verify(), verify()])).toEqual([principal, principal, principal]);
  expect(findPrincipal).toHaveBeenCalledTimes(2);
  slow.resolve(principal);
  await settleBackground();
  now += 1_999;
  await verify();
  expect(findPrincipal).toHaveBeenCalledTimes(2);
});

it('rejects a revoked key within five seconds however often it is used', async () => {
  await verify();
  findPrincipal.mockResolvedValue(undefined);
  let rejectedAfterMs = 0;
  for (; rejectedAfterMs < 10_000; rejectedAfterMs += 100, now += 100) {
    if ((await verify()) === undefined) break;
    await settleBackground();
  }
  expect(rejectedAfterMs).toBeLessThanOrEqual(5_000);
});

it('rejects a revoked key within five seconds if its refresh hangs or fails', async () => {
  for (const brokenLookup of [() => new Promise<Principal>(() => undefined), () => Promise.reject(new Error('down'))]) {
    findPrincipal.mockResolvedValue(principal);
    await verify('other');
    findPrincipal.mockImplementation(brokenLookup);
    now += 2_500;
    expect(await verify('other')).toEqual(principal);
    findPrincipal.mockResolvedValue(undefined);
    now += 2_500;
    expect(await verify('other')).toBeUndefined();
    background.length = 0;
    now += 10_000;
  }
});

it('counts the age of a result from the start of a slow lookup', async () => {
  findPrincipal.mockImplementation(async () => {
    now += 4_000;
    return principal;
  });
  await verify();
  now += 1_000;
  findPrincipal.mockResolvedValue(undefined);
  expect(await verify()).toBeUndefined();
});

it('keeps the result of the lookup that started later', async () => {
  const slow = Promise.withResolvers<Principal>();
  findPrincipal.mockReturnValueOnce(slow.promise);
  const first = verify();
  await waitFor(() => expect(findPrincipal).toHaveBeenCalledTimes(1));
  now += 100;
  findPrincipal.mockResolvedValue(undefined);
  expect(await verify()).toBeUndefined();
  slow.resolve(principal);
  expect(await first).toBeUndefined();
  expect(await verify()).toBeUndefined();
});

it('retries a failed refresh after half a second', async () => {
  await verify();
  now += 2_000;
  findPrincipal.mockRejectedValueOnce(new Error('down'));
  expect(await verify()).toEqual(principal);
  await settleBackground();
  now += 499;
  await verify();
  expect(findPrincipal).toHaveBeenCalledTimes(2);
  now += 1;
  await verify();
  await settleBackground();
  expect(findPrincipal).toHaveBeenCalledTimes(3);
  now += 4_499;
  findPrincipal.mockRejectedValue(new Error('down'));
  expect(await verify()).toEqual(principal);
});

it('rejects a cached key from the moment when it expires', async () => {
  findPrincipal.mockResolvedValue({ ...principal, expiresAt: new Date(now + 1_000) });
  await verify();
  now += 999;
  expect(await verify()).toBeDefined();
  now += 1;
  expect(await verify()).toBeUndefined();
});

it('returns a suspended tenant as soon as the key is refreshed', async () => {
  await verify();
  findPrincipal.mockResolvedValue({ ...principal, tenantActive: false });
  now += 2_000;
  expect(await verify()).toEqual(principal);
  await settleBackground();
  expect(await verify()).toEqual({ ...principal, tenantActive: false });
});

it('looks an unknown key up again after a second', async () => {
  findPrincipal.mockResolvedValue(undefined);
  expect(await verify()).toBeUndefined();
  now += 999;
  expect(await verify()).toBeUndefined();
  expect(findPrincipal).toHaveBeenCalledTimes(1);
  now += 1;
  findPrincipal.mockResolvedValue(principal);
  expect(await verify()).toEqual(principal);
});

it('uses a cached key until it expires if lookups fail and then rejects', async () => {
  await verify();
  findPrincipal.mockRejectedValue(new Error('down'));
  now += 4_999;
  expect(await verify()).toEqual(principal);
  await settleBackground();
  now += 1;
  await expect(verify()).rejects.toThrow('down');
});

it('evicts the oldest of 10,000 keys and does not look up a very long key', async () => {
  await verify();
  for (let index = 0; index < 10_000; index += 1) await verify(`invented ${index}`);
  const before = findPrincipal.mock.calls.length;
  await verify();
  expect(findPrincipal).toHaveBeenCalledTimes(before + 1);
  expect(await verify('x'.repeat(513))).toBeUndefined();
  expect(findPrincipal).toHaveBeenCalledTimes(before + 1);
});

it('hashes a key with SHA-256 in hex', async () => {
  expect(await hashKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

it('rejects a text that cannot be a key without a lookup', async () => {
  expect(await verify('garbage')).toBeUndefined();
  expect(findPrincipal).not.toHaveBeenCalled();
});

it('records uses of valid keys only', async () => {
  await verify();
  await verify();
  expect(recordUse.mock.calls.map(([keyId]) => keyId)).toEqual(['key_1', 'key_1']);
  findPrincipal.mockResolvedValue(undefined);
  await verify('unknown');
  findPrincipal.mockResolvedValue({ ...principal, expiresAt: new Date(now) });
  await verify('expired');
  expect(recordUse).toHaveBeenCalledTimes(2);
});

it('looks up a key once for many requests at the same time', async () => {
  findPrincipal.mockImplementation(async () => {
    await scheduler.wait(20);
    return principal;
  });
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => verify())))).toEqual(new Set([principal]));
  expect(findPrincipal).toHaveBeenCalledOnce();
});

it('stops waiting for a lookup that never ends', async () => {
  findPrincipal.mockReturnValueOnce(new Promise(() => undefined));
  void verify();
  await waitFor(() => expect(findPrincipal).toHaveBeenCalledOnce());
  expect(await Promise.all([verify(), verify()])).toEqual([principal, principal]);
});
