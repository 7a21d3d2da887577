import { expect, it } from 'vitest';
import { OpaqueValueVault } from '../../../src/auth/opaque-value-vault.ts';

const databaseUrl = 'postgres://user:secret@host/name';
const encryptionKey = btoa('0123456789abcdef0123456789abcdef');
const vault = new OpaqueValueVault({ encryptionKey, databaseUrl });

it.each([encryptionKey, undefined])('decrypts a value in another isolate with the same secret, key %s', async (key) => {
  const value = await new OpaqueValueVault({ encryptionKey: key, databaseUrl }).encrypt('Hm. 🔭', 'ten_1');
  expect(value).toMatch(/^aia1\.[\w-]+$/);
  expect(await new OpaqueValueVault({ encryptionKey: key, databaseUrl }).decrypt(value ?? '', 'ten_1')).toBe('Hm. 🔭');
});

it('decrypts no value of another tenant or secret, and none that was changed', async () => {
  const value = (await vault.encrypt('Hm.', 'ten_1')) ?? '';
  const changed = value.slice(0, -2) + (value.endsWith('AA') ? 'BB' : 'AA');
  expect(await vault.decrypt(value, 'ten_2')).toBeUndefined();
  for (const broken of [changed, 'aia1.', 'aia1.%', 'aia2.AAAA', '', `aia1.${'A'.repeat(300_000)}`]) {
    expect(await vault.decrypt(broken, 'ten_1')).toBeUndefined();
  }
  const other = new OpaqueValueVault({ encryptionKey: undefined, databaseUrl });
  expect(await other.decrypt(value, 'ten_1')).toBeUndefined();
});

it('encrypts up to 256 KiB', async () => {
  const value = (await vault.encrypt('a'.repeat(190_000), 'ten_1')) ?? '';
  expect(value.length).toBeLessThanOrEqual(256 * 1024);
  expect(await vault.decrypt(value, 'ten_1')).toHaveLength(190_000);
  expect(await vault.encrypt('a'.repeat(200_000), 'ten_1')).toBeUndefined();
});
