import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Principal } from '../../../src/domain/principal.ts';
import { ByokProviders } from '../../../src/gateway/byok-providers.ts';
import { chooseTarget } from '../../../src/gateway/choose-target.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { ProviderRegistry, type RegistryEntry } from '../../../src/providers/registry.ts';
import { prices } from '../../../src/usage/prices.ts';
import { noRoutes } from '../../support/no-routes.ts';
import { principalWith } from '../../support/principal.ts';
import { acme } from '../../support/provider-options.ts';

type Keyed = Provider & { readonly apiKey: string };
const providerWith = (id: string, apiKey: string) => ({ id, apiKey, defaultModel: `${id}-small` }) as Keyed;

function entry(id: string, operatorsKey: string | undefined): RegistryEntry {
  return {
    ...acme,
    id,
    setting: `${id.toUpperCase()}_API_KEY`,
    serves: (model) => model.startsWith(id),
    provider: operatorsKey === undefined ? undefined : providerWith(id, operatorsKey),
    withKey: (apiKey) => providerWith(id, apiKey),
  };
}

const registry = new ProviderRegistry([entry('openai', 'operators'), entry('claude', undefined)], {
  provider: undefined,
  fallback: undefined,
  model: undefined,
});
const decrypt = vi.fn<(encryptedKey: string, owner: object) => Promise<string>>();
let byokProviders: ByokProviders;

beforeEach(() => {
  decrypt.mockReset().mockImplementation(async (encryptedKey) => encryptedKey.replace('encrypted', 'own'));
  byokProviders = new ByokProviders({ decrypt });
});

async function choose(principal: Partial<Principal>, requested: { provider?: string; model?: string }) {
  const target = await chooseTarget(
    { registry, byokProviders, prices, ...noRoutes, now: Date.now },
    { principal: principalWith(principal), ...requested },
  );
  return { ...target, apiKey: (target.provider as Keyed).apiKey };
}

describe('allowances', () => {
  const forbidden = (message: string, param?: string) => ({
    code: 'forbidden',
    message: expect.stringContaining(message),
    param,
  });

  test('a provider that the key does not allow is forbidden, by its name or by its model', async () => {
    const principal = { allowedProviders: ['claude', 'acme'] };
    for (const requested of [{ provider: 'openai' }, { model: 'openai-large' }]) {
      await expect(choose(principal, requested)).rejects.toMatchObject(forbidden('provider "openai"'));
      await expect(choose(principal, requested)).rejects.toMatchObject(forbidden('claude, acme'));
    }
  });

  test('a model that the key does not allow is forbidden, including the default', async () => {
    const principal = { allowedModels: ['openai-large'] };
    expect(await choose(principal, { model: 'openai-large' })).toMatchObject({ model: 'openai-large' });
    await expect(choose(principal, { provider: 'openai' })).rejects.toMatchObject(
      forbidden('model: "openai-small"', 'model'),
    );
  });

  test('a key with an empty list of providers can use none', async () => {
    await expect(choose({ allowedProviders: [] }, { provider: 'openai' })).rejects.toMatchObject(forbidden('none'));
  });
});

describe("a tenant's own key", () => {
  const withByokKey = (provider: string) => ({ providerKeys: [{ provider, encryptedKey: `encrypted-${provider}` }] });

  test("is used in place of the operator's, and only for its provider", async () => {
    expect(await choose(withByokKey('openai'), { provider: 'openai' })).toMatchObject({ apiKey: 'own-openai' });
    expect(decrypt).toHaveBeenCalledExactlyOnceWith('encrypted-openai', { tenantId: 'ten_1', provider: 'openai' });
    expect(await choose(withByokKey('claude'), { provider: 'openai' })).toMatchObject({ apiKey: 'operators' });
    expect(await choose({}, { provider: 'openai' })).toMatchObject({ apiKey: 'operators' });
  });

  test('enables a provider that the operator has not configured', async () => {
    expect(await choose(withByokKey('claude'), { provider: 'claude' })).toMatchObject({
      apiKey: 'own-claude',
      model: 'claude-small',
    });
    await expect(choose({}, { provider: 'claude' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('is decrypted once until another key replaces it', async () => {
    const first = await choose(withByokKey('openai'), { provider: 'openai' });
    expect((await choose(withByokKey('openai'), { provider: 'openai' })).provider).toBe(first.provider);
    expect(decrypt).toHaveBeenCalledTimes(1);
    const replaced = { providerKeys: [{ provider: 'openai', encryptedKey: 'encrypted-new' }] };
    expect(await choose(replaced, { provider: 'openai' })).toMatchObject({ apiKey: 'own-new' });
  });

  test('is decrypted again for another tenant with the same encrypted key', async () => {
    await choose(withByokKey('openai'), { provider: 'openai' });
    await choose({ ...withByokKey('openai'), tenantId: 'ten_2' }, { provider: 'openai' });
    expect(decrypt).toHaveBeenLastCalledWith('encrypted-openai', { tenantId: 'ten_2', provider: 'openai' });
  });

  test("fails the request if it cannot be decrypted, and the operator's key is not used", async () => {
    decrypt.mockRejectedValue(new Error('cannot be read'));
    await expect(choose(withByokKey('openai'), { provider: 'openai' })).rejects.toThrow('cannot be read');
  });

  test('is evicted from a full cache in least recently used order', async () => {
    const of = (index: number) => ({ ...withByokKey('openai'), tenantId: `ten_${index}` });
    for (let index = 0; index < 500; index += 1) await choose(of(index), { provider: 'openai' });
    await choose(of(0), { provider: 'openai' });
    await choose(of(500), { provider: 'openai' });
    expect(decrypt).toHaveBeenCalledTimes(501);
    await choose(of(0), { provider: 'openai' });
    expect(decrypt).toHaveBeenCalledTimes(501);
    await choose(of(1), { provider: 'openai' });
    expect(decrypt).toHaveBeenCalledTimes(502);
  });
});
