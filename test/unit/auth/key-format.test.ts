import { expect, test } from 'vitest';
import { canBeKey, createApiKeyText, getKeyStart } from '../../../src/auth/key-format.ts';

const ours = { allowUnprefixed: false };

test('a new key has its prefix, 40 characters and a checksum of them, and never comes twice', () => {
  const made = new Set(Array.from({ length: 200 }, createApiKeyText));
  expect(made.size).toBe(200);
  for (const key of made) expect(key).toMatch(/^aia_[0-9A-Za-z]{46}$/);
});

test('the checksum is CRC-32 in base 62, so that others can check it too', () => {
  // crc32('A' × 40) is 0x2ae98c30 in zlib.
  expect(canBeKey(`aia_${'A'.repeat(40)}0mipaC`, ours)).toBe(true);
});

test('a key that is mistyped in any one character is none', () => {
  const key = createApiKeyText();
  expect(canBeKey(key, ours)).toBe(true);
  for (let place = 0; place < key.length; place += 1) {
    for (const other of ['0', 'z', ' ', 'é']) {
      const mistyped = key.slice(0, place) + other + key.slice(place + 1);
      if (mistyped !== key) expect([mistyped, canBeKey(mistyped, ours)]).toEqual([mistyped, false]);
    }
  }
});

test('what is longer or shorter, or two characters in each other’s place, is none', () => {
  const key = createApiKeyText();
  for (const wrong of [`${key}0`, key.slice(0, -1), key.slice(1), ` ${key}`, 'aia_', '', key.toUpperCase()]) {
    expect([wrong, canBeKey(wrong, ours)]).toEqual([wrong, false]);
  }
});

test('a key of another form is one only where that is said, and never one with our prefix', () => {
  expect(canBeKey('dev-api-key-12345', ours)).toBe(false);
  expect(canBeKey('dev-api-key-12345', { allowUnprefixed: true })).toBe(true);
  expect(canBeKey(`aia_${'x'.repeat(46)}`, { allowUnprefixed: true })).toBe(false);
});

test('a key is known by its first characters, which say little of it', () => {
  expect(getKeyStart('aia_Ab12cdef')).toBe('aia_Ab12');
});
