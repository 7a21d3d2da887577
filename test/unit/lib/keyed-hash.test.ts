import { expect, it } from 'vitest';
import { toBase64Url } from '../../../src/lib/base64-url.ts';
import { createKeyedHash } from '../../../src/lib/keyed-hash.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('hashes by HMAC under a key that HKDF derives for the purpose', async () => {
  const secret = await crypto.subtle.importKey('raw', bytes('secret'), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: bytes('purpose') };
  const target = { name: 'HMAC', hash: 'SHA-256', length: 256 };
  const key = await crypto.subtle.deriveKey(derivation, secret, target, false, ['sign']);
  const expected = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes('sk-größe')));
  expect(createKeyedHash('secret', 'purpose')('sk-größe')).toBe(toBase64Url(expected.subarray(0, 16)));
});

it('returns another hash for another secret, purpose or text', () => {
  const hashes = [
    createKeyedHash('secret', 'purpose')('text'),
    createKeyedHash('secret 2', 'purpose')('text'),
    createKeyedHash('secret', 'purpose 2')('text'),
    createKeyedHash('secret', 'purpose')('text 2'),
  ];
  expect(new Set(hashes).size).toBe(4);
  expect(createKeyedHash('secret', 'purpose')('text')).toBe(hashes[0]);
});
