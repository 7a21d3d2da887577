import { expect, it } from 'vitest';
import { canBeKey, createApiKeyText, getKeyStart } from '../../../src/auth/key-format.ts';

const prefixedOnly = { allowUnprefixed: false };

it('creates unique keys of a prefix, 40 characters and a checksum', () => {
  const keys = new Set(Array.from({ length: 200 }, createApiKeyText));
  expect(keys.size).toBe(200);
  for (const key of keys) expect(key).toMatch(/^aia_[0-9A-Za-z]{46}$/);
});

it('uses CRC-32 in base 62 as the checksum', () => {
  // crc32('A' × 40) is 0x2ae98c30 in zlib.
  expect(canBeKey(`aia_${'A'.repeat(40)}0mipaC`, prefixedOnly)).toBe(true);
});

it('rejects a key with any one character mistyped', () => {
  const key = createApiKeyText();
  expect(canBeKey(key, prefixedOnly)).toBe(true);
  for (let index = 0; index < key.length; index += 1) {
    for (const other of ['0', 'z', ' ', 'é']) {
      const mistyped = key.slice(0, index) + other + key.slice(index + 1);
      if (mistyped !== key) expect([mistyped, canBeKey(mistyped, prefixedOnly)]).toEqual([mistyped, false]);
    }
  }
});

it('rejects keys that are too long, too short or in the wrong case', () => {
  const key = createApiKeyText();
  for (const wrong of [`${key}0`, key.slice(0, -1), key.slice(1), ` ${key}`, 'aia_', '', key.toUpperCase()]) {
    expect([wrong, canBeKey(wrong, prefixedOnly)]).toEqual([wrong, false]);
  }
});

it('accepts a key without the prefix only if that is allowed', () => {
  expect(canBeKey('dev-api-key-12345', prefixedOnly)).toBe(false);
  expect(canBeKey('dev-api-key-12345', { allowUnprefixed: true })).toBe(true);
  expect(canBeKey(`aia_${'x'.repeat(46)}`, { allowUnprefixed: true })).toBe(false);
});

it('returns the prefix and four characters as the start of a key', () => {
  expect(getKeyStart('aia_Ab12cdef')).toBe('aia_Ab12');
});
