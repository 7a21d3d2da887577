import { afterEach, describe, expect, it, vi } from 'vitest';
import { ByokProviders } from '../../../src/gateway/byok-providers.ts';
import { chooseTarget } from '../../../src/gateway/choose-target.ts';
import { estimateMaxCost } from '../../../src/gateway/estimate-max-cost.ts';
import { describeVendor } from '../../../src/providers/catalog/describe-vendor.ts';
import { builtInProviders } from '../../../src/providers/catalog.ts';
import type { ProviderDescriptor } from '../../../src/providers/descriptor.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { priceUsage } from '../../../src/usage/price-usage.ts';
import { prices } from '../../../src/usage/prices.ts';
import { noRoutes } from '../../support/no-routes.ts';
import { principalWith } from '../../support/principal.ts';
import { requiredVariables } from '../../support/required-variables.ts';

/** The only edit: one entry in the catalogue. It resells the models of a vendor that the price list has. */
const lumen = describeVendor({
  id: 'lumen',
  displayName: 'Lumen',
  baseUrl: 'https://api.lumen.example/v1',
  otherApiKeyVariables: ['LUMEN_TOKEN'],
  modelPatterns: [/^llama-3\.3-/],
  pricingVendor: 'groq',
  getMaxOutputTokens: (model) => (model.startsWith('llama-3.3-') ? 2_048 : undefined),
  quirks: { maxStopSequences: 2 },
});

(builtInProviders as ProviderDescriptor[]).push(lumen);

// Behind the entry, for these modules read the catalogue when they are loaded.
const { checkVariables, parseEnv } = await import('../../../src/env.ts');
const { selectWorkerVariables } = await import('../../../src/dev/worker-variables.ts');
const { createApp } = await import('../../../src/server/app.ts');
const { createServices } = await import('../../../src/services.ts');

const model = 'llama-3.3-70b-versatile';
const at = new Date('2026-11-23T12:00:00Z');

function servicesWith(variables: Record<string, string>) {
  return createServices(parseEnv({ ...requiredVariables, ...variables }));
}

function gatewayWith(variables: Record<string, string>) {
  return servicesWith(variables).gateway;
}

afterEach(() => vi.unstubAllGlobals());

describe('one entry in the catalogue', () => {
  it.each(['LUMEN_API_KEY', 'LUMEN_TOKEN'])('is configured by %s', async (variable) => {
    const { registry } = gatewayWith({ [variable]: 'lumen-key' });
    for (const target of [{ provider: 'lumen' }, { model }]) {
      expect(registry.configured(registry.choose(target))).toMatchObject({ id: 'lumen', name: 'Lumen' });
    }
    expect(registry.parseModel(`lumen/${model}`, { providerKeys: [] })).toEqual({ provider: 'lumen', model });
    expect(await sentBy(registry.configured(registry.choose({ model })))).toEqual([
      'https://api.lumen.example/v1/chat/completions',
      'Bearer lumen-key',
    ]);
  });

  it('names its first variable where none is set', () => {
    const { registry } = gatewayWith({});
    expect(() => registry.configured(registry.choose({ model }))).toThrow(
      'provider "lumen" is not configured: set LUMEN_API_KEY, or name another provider.',
    );
  });

  it('is moved by its base URL, which is checked', async () => {
    const variables = { LUMEN_API_KEY: 'lumen-key', LUMEN_BASE_URL: 'https://eu.lumen.example/v1' };
    const { registry } = gatewayWith(variables);
    const [url] = await sentBy(registry.configured(registry.choose({ model })));
    expect(url).toBe('https://eu.lumen.example/v1/chat/completions');
    expect(() => gatewayWith({ LUMEN_BASE_URL: 'lumen' })).toThrow('LUMEN_BASE_URL must be an http or https URL');
    expect(() => gatewayWith({ LUMEN_TOKEN: 'a b' })).toThrow('LUMEN_TOKEN must be printable ASCII');
  });

  it('lists its models at GET /v1/models', async () => {
    const services = servicesWith({ LUMEN_API_KEY: 'lumen-key' });
    vi.spyOn(services.keys, 'verify').mockResolvedValue(principalWith({}));
    const app = createApp({ ...services, corsOrigins: undefined, local: true });
    const execution = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} };
    const response = await app.request('/v1/models', { headers: { 'x-api-key': 'key' } }, {}, execution);
    const { data } = await response.json<{ data: readonly { id: string; owned_by: string }[] }>();
    expect(data).toContainEqual(expect.objectContaining({ id: model, object: 'model', owned_by: 'lumen' }));
  });

  it('is priced by its vendor of the price list, and reserves what its models can write', () => {
    const { registry, prices } = gatewayWith({ LUMEN_API_KEY: 'lumen-key' });
    const provider = registry.configured(registry.choose({ model }));
    const usage = { input: 1_000, output: 1_000 };
    // 1,000 × 590 + 1,000 × 790 nano-dollars.
    expect(priceUsage({ provider, model, usage, at }, prices).costNanoUsd).toBe(1_380_000n);
    expect(estimateMaxCost({ input: 1_000, maxOutput: undefined }, { provider, model, at }, prices)).toEqual({
      tokens: 3_048,
      costNanoUsd: 590_000n + 2_048n * 790n,
    });
  });

  it('gives way to an entry of COMPATIBLE_PROVIDERS, which keeps its quirks', async () => {
    const other = { name: 'lumen', baseUrl: 'https://other.example/v1' };
    const { registry } = gatewayWith({ LUMEN_API_KEY: 'lumen-key', COMPATIBLE_PROVIDERS: JSON.stringify([other]) });
    const entries = registry.entries.filter(({ id }) => id === 'lumen');
    expect(entries).toEqual([expect.objectContaining({ quirks: { maxStopSequences: 2 } })]);
    const provider = registry.configured(registry.choose({ model }));
    expect(await sentBy(provider)).toEqual(['https://other.example/v1/chat/completions', null]);
  });

  it('can be DEFAULT_PROVIDER', () => {
    const { registry } = gatewayWith({
      LUMEN_API_KEY: 'lumen-key',
      DEFAULT_PROVIDER: 'lumen',
      DEFAULT_MODEL: model,
    });
    const provider = registry.configured(registry.choose({}));
    expect([provider.id, registry.modelFor({}, provider)]).toEqual(['lumen', model]);
    expect(() => checkVariables({ DEFAULT_PROVIDER: 'lumen-labs' })).toThrow(/stub, .*, lumen$/);
  });

  it("works with a tenant's own key, also where the gateway has none", async () => {
    const { registry } = gatewayWith({});
    const byokProviders = new ByokProviders({ decrypt: async () => 'tenant-key' });
    const principal = principalWith({ providerKeys: [{ provider: 'lumen', encryptedKey: 'encrypted' }] });
    const { provider } = await chooseTarget(
      { registry, byokProviders, prices, ...noRoutes, now: Date.now },
      { principal, model },
    );
    expect(await sentBy(provider)).toContain('Bearer tenant-key');
  });

  it('has its variables passed to the local Worker', () => {
    const variables = { LUMEN_TOKEN: 'lumen-key', LUMEN_BASE_URL: 'https://eu.lumen.example/v1' };
    expect(selectWorkerVariables({ ...variables, LUMEN_OTHER: 'x' })).toMatchObject({
      ...variables,
      ENVIRONMENT: 'local',
    });
    expect(selectWorkerVariables({ LUMEN_OTHER: 'x' })).not.toHaveProperty('LUMEN_OTHER');
  });

  it('refuses by its quirks, in its own name', async () => {
    const { registry } = gatewayWith({ LUMEN_API_KEY: 'lumen-key' });
    const provider = registry.configured(registry.choose({ model }));
    const request = { model, messages: [], stop: ['a', 'b', 'c'] };
    const { signal } = new AbortController();
    await expect(provider.send(request, { stream: false, signal })).rejects.toThrow(
      'stop: can hold at most 2 sequences for Lumen.',
    );
  });
});

/** The URL and the credentials of what a provider sends. */
async function sentBy(provider: Provider): Promise<(string | null)[]> {
  const sent: (string | null)[] = [];
  vi.stubGlobal('fetch', async (url: string, { headers }: RequestInit) => {
    sent.push(url, new Headers(headers).get('authorization'));
    return new Response('{}');
  });
  const { signal } = new AbortController();
  await provider.forward?.({ path: '/chat/completions', body: '{}' }, { stream: false, signal });
  return sent;
}
