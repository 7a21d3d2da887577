import { expect, it } from 'vitest';
import { ByokProviders } from '../../../src/gateway/byok-providers.ts';
import { createProvider } from '../../../src/providers/create-provider.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';

const openAi = getDescriptor('openai');
const withKey = (apiKey: string) => createProvider(providerOptions(openAi, { apiKey, isByok: true }));
const identity = (text: string) => text;

it('tells the accounts of tenants apart, also where they have the same API key', async () => {
  const providers = new ByokProviders({ decrypt: async () => 'sk-shared' });
  const encrypted = { provider: 'openai', encryptedKey: 'encrypted' };
  const [first, again, second] = await Promise.all(
    ['ten_1', 'ten_1', 'ten_2'].map((tenantId) => providers.find(tenantId, encrypted, withKey)),
  );
  expect(again?.hashAccount?.(identity)).toBe(first?.hashAccount?.(identity));
  expect(second?.hashAccount?.(identity)).not.toBe(first?.hashAccount?.(identity));
  expect(first).toMatchObject({ id: 'openai', isByok: true });
});

it('tells accounts apart by vendor, base URL, API key and who has brought it', () => {
  const accounts = [
    withKey('sk-1'),
    withKey('sk-2'),
    createProvider(providerOptions(openAi, { apiKey: 'sk-1' })),
    createProvider(providerOptions(openAi, { apiKey: 'sk-1', baseUrl: 'https://proxy.example.com' })),
    createProvider(providerOptions(getDescriptor('claude'), { apiKey: 'sk-1' })),
  ].map((provider) => provider.hashAccount?.(identity));
  expect(new Set(accounts).size).toBe(5);
});
