import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../../src/providers/create-registry.ts';
import { compatibleProvidersSchema } from '../../../src/providers/parse-compatible-providers.ts';
import type { ProviderRegistry } from '../../../src/providers/registry.ts';

interface Setup {
  provider?: string;
  local?: boolean;
  model?: string;
}

function registry({ provider, local = false, model }: Setup = {}): ProviderRegistry {
  return createRegistry({
    variables: { OPENAI_API_KEY: 'sk-openai', ANTHROPIC_API_KEY: 'sk-ant' },
    compatible: compatibleProvidersSchema.parse(
      JSON.stringify([
        { name: 'acme', baseUrl: 'https://acme.example.com/v1', models: ['acme-large', 'acme-small'] },
        { name: 'bare', baseUrl: 'https://bare.example.com/v1' },
      ]),
    ),
    defaultProvider: provider,
    defaultModel: model,
    local,
  });
}

/** Returns the provider and the model that a request goes to. */
function target(request: { provider?: string; model?: string }, setup?: Setup): string {
  const providers = registry(setup);
  const provider = providers.configured(providers.choose(request));
  return `${provider.id} ${providers.modelFor(request, provider)}`;
}

it('creates a provider for each of several API keys', () => {
  const { entries } = createRegistry({
    variables: { OPENAI_API_KEY: ',sk-1, sk-2,,sk-3', ANTHROPIC_API_KEY: 'sk-ant', GROQ_API_KEY: ',' },
    compatible: [],
    defaultProvider: undefined,
    defaultModel: undefined,
    local: false,
  });
  const count = (id: string) => {
    const entry = entries.find((one) => one.id === id);
    return (entry?.provider ? 1 : 0) + (entry?.withOtherKeys?.length ?? 0);
  };
  expect([count('openai'), count('claude'), count('groq')]).toEqual([3, 1, 0]);
});

describe('the provider', () => {
  it('is the named one, for any model', () => {
    expect(target({ provider: 'openai', model: 'claude-haiku-4-5' })).toBe('openai claude-haiku-4-5');
    expect(target({ provider: 'anthropic', model: 'x' })).toBe('claude x');
  });

  it.each([
    ['gpt-4o', 'openai'],
    ['chatgpt-4o-latest', 'openai'],
    ['text-embedding-3-small', 'openai'],
    ['o1', 'openai'],
    ['o4-mini', 'openai'],
    ['claude-sonnet-4-5', 'claude'],
    ['o10', 'openai'],
    ['acme-small', 'acme'],
  ])('is the owner of the model %s if none is named', (model, provider) => {
    expect(target({ model })).toBe(`${provider} ${model}`);
  });

  it.each(['omni', 'o', 'gpt', 'Claude-3', 'xclaude-3', 'acme', 'constructor', '__proto__'])(
    'is not chosen by %s, which only resembles a known name',
    (model) => {
      expect(() => target({ model }, { local: true })).toThrow(/field provider/);
      expect(() => target({ provider: model === 'acme' ? 'acm' : model })).toThrow(/is unknown/);
    },
  );

  it('is DEFAULT_PROVIDER for an unknown model, and never the local default', () => {
    expect(target({ model: 'mystery' }, { provider: 'acme' })).toBe('acme mystery');
    expect(() => target({ model: 'mystery' }, { local: true })).toThrow(/model: "mystery".*field provider/);
    expect(() => target({ model: 'ollama' })).toThrow(/field provider/);
  });

  it('is Stub for a request without provider and model, but not in a deployed gateway', () => {
    expect(target({}, { local: true })).toBe('stub stub');
    expect(() => target({})).toThrow(/DEFAULT_PROVIDER/);
    expect(() => target({ provider: 'stub' })).toThrow(/"stub" is not configured/);
  });
});

describe('the model', () => {
  it('is DEFAULT_MODEL for the default provider only', () => {
    const setup = { provider: 'anthropic', model: 'claude-opus-4-5' };
    expect(target({}, setup)).toBe('claude claude-opus-4-5');
    expect(target({ provider: 'claude' }, setup)).toBe('claude claude-opus-4-5');
    expect(target({ provider: 'openai' }, setup)).toBe('openai gpt-4o-mini');
  });

  it('is DEFAULT_MODEL for the local default if DEFAULT_PROVIDER is not set', () => {
    expect(target({}, { local: true, model: 'stub-large' })).toBe('stub stub-large');
  });

  it('is the first one of a compatible provider, and missing if the provider lists none', () => {
    expect(target({ provider: 'acme' })).toBe('acme acme-large');
    expect(() => target({ provider: 'bare' })).toThrow(/model: is missing.*"bare"/);
  });
});

it('refuses a provider that is not configured, and names the variable to set', () => {
  expect(() => target({ provider: 'ollama' })).toThrow(/set OLLAMA_URL/);
  expect(() => target({}, { provider: 'ollama' })).toThrow(/set OLLAMA_URL/);
  expect(() => target({ model: 'stub' })).toThrow(/set DEFAULT_PROVIDER=stub/);
});

it('refuses an unknown provider, and names the known ones', () => {
  expect(() => target({ provider: 'nobody' })).toThrow(/openai, claude, ollama, stub, acme, bare/);
});

it('answers 404 for a model that leads to no provider', () => {
  expect(() => target({ model: 'mystery' })).toThrow(
    expect.objectContaining({ code: 'not_found', reason: 'model_not_found', param: 'model' }),
  );
});

it.each<[string | undefined, { provider?: string; model?: string }]>([
  ['provider', { provider: 'unknown' }],
  ['model', { provider: 'bare' }],
  ['model', {}],
  // The model alone leads to these providers.
  [undefined, { provider: 'ollama' }],
  [undefined, { model: 'stub' }],
])('names the field %s in the error for %j', (param, requested) => {
  expect(() => target(requested)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
});

it('takes the keys of tenants for the providers that work with one', () => {
  const ids = registry().entries.flatMap(({ id, withKey }) => (withKey ? [] : [id]));
  // Azure has no base URL, and the self-hosted servers have no keys.
  expect(ids).toEqual(['ollama', 'stub', 'azure-openai', 'vllm', 'lmstudio', 'llamacpp']);
});

it('sends a model that only the pattern of an optional vendor knows to the default provider', () => {
  const model = 'deepseek-chat';
  expect(registry().entries.some((entry) => entry.isOptional && entry.serves(model))).toBe(true);
  expect(registry({ provider: 'acme' }).choose({ model }).id).toBe('acme');
});
