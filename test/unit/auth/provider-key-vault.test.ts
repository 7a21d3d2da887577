import { expect, it } from 'vitest';
import { ProviderKeyVault } from '../../../src/auth/provider-key-vault.ts';

const encryptionKey = btoa('0123456789abcdef0123456789abcdef');
const owner = { tenantId: 'ten_1', provider: 'openai' };
const vault = new ProviderKeyVault(encryptionKey);
const unreadable = { code: 'unavailable', retryable: false, message: expect.stringContaining('ENCRYPTION_KEY') };

it('decrypts a key for the tenant and the provider that it was encrypted for', async () => {
  const encryptedKey = await vault.encrypt('sk-their own ключ', owner);
  expect(encryptedKey).toMatch(/^v1\.[\w-]{16}\.[\w-]+$/);
  expect(await new ProviderKeyVault(encryptionKey).decrypt(encryptedKey, owner)).toBe('sk-their own ключ');
});

it('encrypts the same key differently each time', async () => {
  const [first, second] = await Promise.all([vault.encrypt('sk-secret', owner), vault.encrypt('sk-secret', owner)]);
  expect(first).not.toBe(second);
  const bytes = atob((first.split('.')[2] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
  expect(bytes).not.toContain('secret');
});

it.each([
  ['another tenant', { ...owner, tenantId: 'ten_2' }],
  ['another provider', { ...owner, provider: 'claude' }],
  ['a tenant and a provider whose concatenation is the same', { tenantId: 'ten_1openai', provider: '' }],
])('does not decrypt a key for %s', async (_, other) => {
  await expect(vault.decrypt(await vault.encrypt('sk-secret', owner), other)).rejects.toMatchObject(unreadable);
});

it('does not decrypt a key without its ENCRYPTION_KEY or after any change', async () => {
  const encryptedKey = await vault.encrypt('sk-secret', owner);
  const changed = encryptedKey.slice(0, -2) + (encryptedKey.endsWith('AA') ? 'BB' : 'AA');
  await expect(new ProviderKeyVault(btoa('x'.repeat(32))).decrypt(encryptedKey, owner)).rejects.toMatchObject(
    unreadable,
  );
  await expect(new ProviderKeyVault(undefined).decrypt(encryptedKey, owner)).rejects.toMatchObject(unreadable);
  for (const broken of [changed, encryptedKey.replace('v1', 'v2'), 'v1.AAAA.AAAA', 'sk-secret', '']) {
    await expect(vault.decrypt(broken, owner)).rejects.toMatchObject(unreadable);
  }
});

it('throws an error that names ENCRYPTION_KEY if it is absent', async () => {
  await expect(new ProviderKeyVault(undefined).encrypt('sk-secret', owner)).rejects.toMatchObject(unreadable);
});
