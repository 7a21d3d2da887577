import { createAnthropicProvider } from './anthropic/anthropic-provider.ts';
import type { CompatibleProvider } from './compatible-providers.ts';
import { createOllamaProvider } from './ollama/ollama-provider.ts';
import { createOpenAiProvider } from './openai/openai-provider.ts';
import type { RegistryEntry } from './registry.ts';
import { createStubProvider } from './stub/stub-provider.ts';

interface ProviderSettings {
  readonly openai: { readonly apiKey: string | undefined; readonly baseUrl: string | undefined };
  readonly anthropic: { readonly apiKey: string | undefined; readonly baseUrl: string | undefined };
  readonly ollamaUrl: string | undefined;
  readonly compatible: readonly CompatibleProvider[];
  /** The keys of the compatible providers by the names of their variables. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly stubEnabled: boolean;
}

/** Every provider that can be named, in the order in which they are listed and in which models are looked up. */
export function configureProviders(settings: ProviderSettings): RegistryEntry[] {
  const { openai, anthropic, ollamaUrl, stubEnabled } = settings;
  const openAiWith = (apiKey: string) =>
    createOpenAiProvider({
      id: 'openai',
      name: 'OpenAI',
      type: 'OPENAI',
      baseUrl: openai.baseUrl,
      apiKey,
      defaultModel: 'gpt-4o-mini',
    });
  const claudeWith = (apiKey: string) =>
    createAnthropicProvider({ baseUrl: anthropic.baseUrl, apiKey, defaultModel: 'claude-haiku-4-5' });
  return [
    {
      id: 'openai',
      name: 'OpenAI',
      type: 'OPENAI',
      configuredBy: 'OPENAI_API_KEY',
      serves: (model) => /^(gpt-|chatgpt-|o\d|text-embedding-)/.test(model),
      provider: openai.apiKey === undefined ? undefined : openAiWith(openai.apiKey),
      withKey: openAiWith,
    },
    {
      id: 'claude',
      name: 'Claude',
      type: 'ANTHROPIC',
      configuredBy: 'ANTHROPIC_API_KEY',
      serves: (model) => model.startsWith('claude-'),
      provider: anthropic.apiKey === undefined ? undefined : claudeWith(anthropic.apiKey),
      withKey: claudeWith,
    },
    {
      id: 'ollama',
      name: 'Ollama',
      type: 'OLLAMA',
      configuredBy: 'OLLAMA_URL',
      serves: () => false,
      provider:
        ollamaUrl === undefined ? undefined : createOllamaProvider({ baseUrl: ollamaUrl, defaultModel: 'llama3.2' }),
    },
    {
      id: 'stub',
      name: 'Stub',
      type: 'STUB',
      configuredBy: 'DEFAULT_PROVIDER=stub (it is on by itself only locally)',
      serves: (model) => model.startsWith('stub'),
      provider: stubEnabled ? createStubProvider() : undefined,
    },
    ...settings.compatible.map((compatible) => configureCompatible(compatible, settings.secrets)),
  ];
}

function configureCompatible(compatible: CompatibleProvider, secrets: Readonly<Record<string, string>>): RegistryEntry {
  const { name, apiKeyVar, models } = compatible;
  const withKey = (apiKey: string | undefined) =>
    createOpenAiProvider({
      id: name,
      name,
      type: 'OPENAI_COMPATIBLE',
      baseUrl: compatible.baseUrl,
      apiKey,
      defaultModel: models[0],
      includeUsage: compatible.includeUsage,
      requiresDone: compatible.requiresDone,
    });
  return {
    id: name,
    name,
    type: 'OPENAI_COMPATIBLE',
    configuredBy: 'COMPATIBLE_PROVIDERS',
    serves: (model) => models.includes(model),
    models,
    provider: withKey(apiKeyVar === undefined ? undefined : secrets[apiKeyVar]),
    withKey,
  };
}
