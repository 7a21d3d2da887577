import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../../src/domain/principal.ts';
import { parseEnv } from '../../../src/env.ts';
import { createApp } from '../../../src/server/app.ts';
import { createServices } from '../../../src/services.ts';
import { principalWith } from '../../support/principal.ts';
import { requiredVariables } from '../../support/required-variables.ts';

const listings: Readonly<Record<string, unknown>> = {
  'https://api.groq.com/openai/v1/models': { data: [{ id: 'llama-3.3-70b-versatile' }, { id: 'openai/gpt-oss-120b' }] },
  'https://api.mistral.ai/v1/models': {
    data: [{ id: 'mistral-large-latest' }, { id: 'ft:open-mistral-7b:x', owned_by: 'acme' }],
  },
};

/** An app with these variables, whose vendors list `listings`. All other hosts hang. */
function startApp(variables: Record<string, string>) {
  const services = createServices(parseEnv({ ...requiredVariables, ...variables }));
  vi.spyOn(services.gateway.prices, 'ready').mockReturnValue(undefined);
  const app = createApp({ ...services, corsOrigins: undefined, local: true });
  let work: Promise<unknown>[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    const listing = listings[String(url)];
    return listing ? Response.json(listing) : await new Promise<Response>(() => undefined);
  });
  const verify = vi.spyOn(services.keys, 'verify');
  const list = async (principal: Partial<Principal>, path: string): Promise<string[]> => {
    verify.mockResolvedValue(principalWith(principal));
    const waitUntil = (renewal: Promise<unknown>) => void work.push(renewal);
    const execution = { waitUntil, passThroughOnException: () => undefined, props: {} };
    const response = await app.request(path, { headers: { 'x-api-key': 'key' } }, {}, execution);
    const { data, models } = await response.json<{ data?: { id: string }[]; models?: { name: string }[] }>();
    return data?.map(({ id }) => id) ?? models?.map(({ name }) => name.replace('models/', '')) ?? [];
  };
  return {
    list: async (principal: Partial<Principal> = {}, path = '/v1/models') => await list(principal, path),
    /** Resolves when the lists that answer have come. */
    async renew() {
      await Promise.all(work);
      work = [];
    },
  };
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const GROQ_API_KEY = 'groq-key';
const MISTRAL_API_KEY = 'mistral-key';

describe('the models of a vendor', () => {
  it.each(['/v1/models', '/v1beta/models?pageSize=1000'])(
    'are listed at %s under names that lead to it',
    async (path) => {
      const { list, renew } = startApp({ GROQ_API_KEY, MISTRAL_API_KEY });
      expect((await list({}, path)).filter((id) => id.startsWith('groq/'))).toEqual([]);
      await renew();
      const ids = await list({}, path);
      expect(ids).toEqual(
        expect.arrayContaining(['groq/llama-3.3-70b-versatile', 'groq/openai/gpt-oss-120b', 'mistral-large-latest']),
      );
      expect(ids.filter((id) => id.includes('ft:'))).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );

  it('need the provider before their names where another provider is the default', async () => {
    const { list, renew } = startApp({ GROQ_API_KEY, MISTRAL_API_KEY, DEFAULT_PROVIDER: 'groq' });
    await list();
    await renew();
    expect(await list()).toContain('mistral/mistral-large-latest');
  });

  it('are those that the key allows', async () => {
    const { list, renew } = startApp({ GROQ_API_KEY, MISTRAL_API_KEY });
    const models = { allowedModels: ['mistral-large-latest', 'llama-3.3-70b-versatile'] };
    await list(models);
    await list({ allowedProviders: ['groq'] });
    await renew();
    expect(await list(models)).toEqual(['mistral-large-latest', 'groq/llama-3.3-70b-versatile']);
    expect(await list({ allowedProviders: ['groq'] })).toEqual([
      ...['groq/llama-3.3-70b-versatile', 'groq/openai/gpt-oss-120b'],
    ]);
  });

  it('are not listed where the vendor is not configured', async () => {
    const { list, renew } = startApp({ GROQ_API_KEY });
    await list();
    await renew();
    expect((await list()).filter((id) => id.includes('mistral'))).toEqual([]);
  });

  it('do not hold up the list where the vendor hangs', async () => {
    const { list } = startApp({ XAI_API_KEY: 'xai-key' });
    for (let call = 0; call < 3; call += 1) expect(await list()).toContain('grok-4.3');
  });

  it('are the operator’s list of COMPATIBLE_PROVIDERS alone, where an entry of its name has one', async () => {
    const entry = { name: 'groq', baseUrl: 'https://api.groq.com/openai/v1', models: ['llama-3.3-70b-versatile'] };
    const { list, renew } = startApp({ COMPATIBLE_PROVIDERS: JSON.stringify([entry]) });
    await list();
    await renew();
    expect((await list()).filter((id) => /llama|oss/.test(id))).toEqual(['llama-3.3-70b-versatile']);
  });
});
