import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Principal } from '../../../src/domain/principal.ts';
import { ByokProviders } from '../../../src/gateway/byok-providers.ts';
import { chooseTarget } from '../../../src/gateway/choose-target.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { ProviderRegistry, type RegistryEntry } from '../../../src/providers/registry.ts';
import { prices } from '../../../src/usage/prices.ts';
import { principalWith } from '../../support/principal.ts';
import { acme } from '../../support/provider-options.ts';

type Keyed = Provider & { readonly apiKey: string };
const providerWith = (id: string, apiKey: string) => ({ id, apiKey, defaultModel: `${id}-small` }) as Keyed;

function entry(id: string, operatorsKey: string | undefined): RegistryEntry {
  return {
    ...acme,
    id,
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

async function choose(principal: Partial<Principal>, asked: { provider?: string; model?: string }) {
  const target = await chooseTarget(
    { registry, byokProviders, prices, now: Date.now },
    { principal: principalWith(principal), ...asked },
  );
  return { ...target, apiKey: (target.provider as Keyed).apiKey };
}

describe('allowances', () => {
  const forbidden = (message: string, param?: string) => ({
    code: 'forbidden',
    message: expect.stringContaining(message),
    param,
  });

  test('a provider that is not among those of the key is forbidden, however it is meant', async () => {
    const principal = { allowedProviders: ['claude', 'acme'] };
    for (const asked of [{ provider: 'openai' }, { model: 'openai-large' }]) {
      await expect(choose(principal, asked)).rejects.toMatchObject(forbidden('provider "openai"'));
      await expect(choose(principal, asked)).rejects.toMatchObject(forbidden('claude, acme'));
    }
  });

  test('a model that is not among those of the key is forbidden, the default as well', async () => {
    const principal = { allowedModels: ['openai-large'] };
    expect(await choose(principal, { model: 'openai-large' })).toMatchObject({ model: 'openai-large' });
    await expect(choose(principal, { provider: 'openai' })).rejects.toMatchObject(
      forbidden('model: "openai-small"', 'model'),
    );
  });

  test('a key that is allowed none may call none', async () => {
    await expect(choose({ allowedProviders: [] }, { provider: 'openai' })).rejects.toMatchObject(forbidden('none'));
  });
});

describe("a tenant's own key", () => {
  const brought = (provider: string) => ({ providerKeys: [{ provider, encryptedKey: `encrypted-${provider}` }] });

  test("is used in place of the operator's, and only for its provider", async () => {
    expect(await choose(brought('openai'), { provider: 'openai' })).toMatchObject({ apiKey: 'own-openai' });
    expect(decrypt).toHaveBeenCalledExactlyOnceWith('encrypted-openai', { tenantId: 'ten_1', provider: 'openai' });
    expect(await choose(brought('claude'), { provider: 'openai' })).toMatchObject({ apiKey: 'operators' });
    expect(await choose({}, { provider: 'openai' })).toMatchObject({ apiKey: 'operators' });
  });

  test('opens a provider that the operator has not configured', async () => {
    expect(await choose(brought('claude'), { provider: 'claude' })).toMatchObject({
      apiKey: 'own-claude',
      model: 'claude-small',
    });
    await expect(choose({}, { provider: 'claude' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('is opened once, until another one takes its place', async () => {
    const first = await choose(brought('openai'), { provider: 'openai' });
    expect((await choose(brought('openai'), { provider: 'openai' })).provider).toBe(first.provider);
    expect(decrypt).toHaveBeenCalledTimes(1);
    const replaced = { providerKeys: [{ provider: 'openai', encryptedKey: 'encrypted-new' }] };
    expect(await choose(replaced, { provider: 'openai' })).toMatchObject({ apiKey: 'own-new' });
  });

  test('that another tenant has the sealed form of is opened anew, for that tenant', async () => {
    await choose(brought('openai'), { provider: 'openai' });
    await choose({ ...brought('openai'), tenantId: 'ten_2' }, { provider: 'openai' });
    expect(decrypt).toHaveBeenLastCalledWith('encrypted-openai', { tenantId: 'ten_2', provider: 'openai' });
  });

  test("that cannot be read fails the call: the operator's never takes its place", async () => {
    decrypt.mockRejectedValue(new Error('cannot be read'));
    await expect(choose(brought('openai'), { provider: 'openai' })).rejects.toThrow('cannot be read');
  });

  test('is forgotten, the longest unused first, where there are too many', async () => {
    const of = (index: number) => ({ ...brought('openai'), tenantId: `ten_${index}` });
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
