import { findProvider } from '../domain/find-provider.ts';
import { builtInProviders } from './catalog.ts';
import { createProvider } from './create-provider.ts';
import type { ProviderDescriptor } from './descriptor.ts';
import { type CompatibleProvider, describeCompatibleProvider } from './parse-compatible-providers.ts';
import { ProviderRegistry, type RegistryEntry } from './registry.ts';

interface ProviderSettings {
  /** The providers' API keys and base URLs, by the names of their variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly compatible: readonly CompatibleProvider[];
  /** DEFAULT_PROVIDER and DEFAULT_MODEL. */
  readonly defaultProvider: string | undefined;
  readonly defaultModel: string | undefined;
  /** Whether ENVIRONMENT is local. */
  readonly local: boolean;
}

/** Creates the registry of all providers that can be named: the built-in ones, then the compatible ones. */
export function createRegistry(settings: ProviderSettings): ProviderRegistry {
  const { compatible, defaultProvider, defaultModel, local } = settings;
  const descriptors = [...builtInProviders, ...compatible.map(describeCompatibleProvider)];
  const entries = descriptors.map((descriptor) => createEntry(descriptor, settings));
  const fallback = local ? descriptors.find(({ isLocalDefault }) => isLocalDefault)?.id : undefined;
  return new ProviderRegistry(entries, { provider: defaultProvider, fallback, model: defaultModel });
}

function createEntry(descriptor: ProviderDescriptor, settings: ProviderSettings): RegistryEntry {
  const { variables } = settings;
  const { baseUrlVariable = '', apiKeyVariables, models = [], modelPatterns, takesApiKey } = descriptor;
  const baseUrl = variables[baseUrlVariable] ?? descriptor.baseUrl;
  const apiKey = apiKeyVariables.map((name) => variables[name]).find((value) => value !== undefined);
  const create =
    baseUrl === undefined
      ? undefined
      : (key: string | undefined, isByok: boolean) => createProvider({ descriptor, baseUrl, apiKey: key, isByok });
  return {
    ...descriptor,
    provider: isEnabled(descriptor, apiKey, settings) ? create?.(apiKey, false) : undefined,
    withKey: takesApiKey && create ? (key) => create(key, true) : undefined,
    serves: (model) => modelPatterns.some((pattern) => pattern.test(model)) || models.includes(model),
  };
}

function isEnabled(
  descriptor: ProviderDescriptor,
  apiKey: string | undefined,
  { local, defaultProvider = '' }: ProviderSettings,
): boolean {
  if (descriptor.isLocalDefault) return local || findProvider([descriptor], defaultProvider) !== undefined;
  return descriptor.apiKeyVariables.length === 0 || apiKey !== undefined;
}
