import { describe, expect, it, test } from 'vitest';
import { createRegistry } from '../../../src/providers/create-registry.ts';
import { compatibleProvidersSchema } from '../../../src/providers/parse-compatible-providers.ts';
import type { ProviderRegistry } from '../../../src/providers/registry.ts';

interface Setup {
  provider?: string;
  fallback?: 'stub';
  model?: string;
}

function registry({ provider, fallback, model }: Setup = {}): ProviderRegistry {
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
    local: fallback === 'stub',
  });
}

function target(requested: { provider?: string; model?: string }, setup?: Setup): string {
  const choosing = registry(setup);
  const provider = choosing.configured(choosing.choose(requested));
  return `${provider.id} ${choosing.modelFor(requested, provider)}`;
}

describe('the provider of a request', () => {
  test('is the named one for any model', () => {
    expect(target({ provider: 'openai', model: 'claude-haiku-4-5' })).toBe('openai claude-haiku-4-5');
    expect(target({ provider: 'anthropic', model: 'x' })).toBe('claude x');
  });

  test.each([
    ['gpt-4o', 'openai'],
    ['chatgpt-4o-latest', 'openai'],
    ['text-embedding-3-small', 'openai'],
    ['o1', 'openai'],
    ['o4-mini', 'openai'],
    ['claude-sonnet-4-5', 'claude'],
    ['o10', 'openai'],
    ['acme-small', 'acme'],
  ])('is the one that %s belongs to', (model, provider) => {
    expect(target({ model })).toBe(`${provider} ${model}`);
  });

  test.each(['omni', 'o', 'gpt', 'Claude-3', 'xclaude-3', 'acme', 'constructor', '__proto__'])(
    'does not exist for %s, which only resembles a known name',
    (model) => {
      expect(() => target({ model }, { fallback: 'stub' })).toThrow(/field provider/);
      expect(() => target({ provider: model === 'acme' ? 'acm' : model })).toThrow(/is unknown/);
    },
  );

  test('is DEFAULT_PROVIDER for an unknown model, if it is set explicitly', () => {
    expect(target({ model: 'mystery' }, { provider: 'acme' })).toBe('acme mystery');
    expect(() => target({ model: 'mystery' }, { fallback: 'stub' })).toThrow(/model: "mystery".*field provider/);
    expect(() => target({ model: 'ollama' })).toThrow(/field provider/);
  });

  test('is Stub for an empty request to a local gateway, and must be set on a deployed one', () => {
    expect(target({}, { fallback: 'stub' })).toBe('stub stub');
    expect(() => target({})).toThrow(/DEFAULT_PROVIDER/);
    expect(() => target({ provider: 'stub' })).toThrow(/"stub" is not configured/);
  });
});

describe('the model of a request', () => {
  test('is DEFAULT_MODEL for the default provider only', () => {
    const setup = { provider: 'anthropic', model: 'claude-opus-4-5' };
    expect(target({}, setup)).toBe('claude claude-opus-4-5');
    expect(target({ provider: 'claude' }, setup)).toBe('claude claude-opus-4-5');
    expect(target({ provider: 'openai' }, setup)).toBe('openai gpt-4o-mini');
  });

  test('is DEFAULT_MODEL for the local default if DEFAULT_PROVIDER is not set', () => {
    expect(target({}, { fallback: 'stub', model: 'stub-large' })).toBe('stub stub-large');
  });

  test('is the first one of a compatible provider, and missing if the provider has none', () => {
    expect(target({ provider: 'acme' })).toBe('acme acme-large');
    expect(() => target({ provider: 'bare' })).toThrow(/model: is missing.*"bare"/);
  });
});

test('an unconfigured provider is rejected with the variable to set', () => {
  expect(() => target({ provider: 'ollama' })).toThrow(/set OLLAMA_URL/);
  expect(() => target({}, { provider: 'ollama' })).toThrow(/set OLLAMA_URL/);
  expect(() => target({ model: 'stub' })).toThrow(/set DEFAULT_PROVIDER=stub/);
});

test('an unknown provider is rejected with a list of the known ones', () => {
  expect(() => target({ provider: 'mystery' })).toThrow(/openai, claude, ollama, stub, acme, bare/);
});

it.each<[string | undefined, { provider?: string; model?: string }]>([
  ['provider', { provider: 'unknown' }],
  ['model', { provider: 'bare' }],
  ['model', { model: 'mystery' }],
  ['model', {}],
  // The model alone leads to these providers.
  [undefined, { provider: 'ollama' }],
  [undefined, { model: 'stub' }],
])('names the field %s in the error for %j', (param, requested) => {
  expect(() => target(requested)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
});

it('takes the keys of tenants for the providers that work with one', () => {
  const ids = registry().entries.flatMap(({ id, withKey }) => (withKey ? [id] : []));
  expect(ids).toEqual(['openai', 'claude', 'acme', 'bare']);
});
