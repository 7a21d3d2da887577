import { builtInProviders } from './catalog.ts';
import { createProvider } from './create-provider.ts';
import type { ProviderDescriptor } from './descriptor.ts';
import { type CompatibleProvider, describeCompatibleProvider } from './parse-compatible-providers.ts';
import { isConfigured, type ProviderSettings, readConnection } from './provider-settings.ts';
import { ProviderRegistry, type RegistryEntry } from './registry.ts';

/** The settings that decide which providers can be named, and which of them are configured. */
export interface RegistrySettings extends ProviderSettings {
  readonly compatible: readonly CompatibleProvider[];
  /** DEFAULT_MODEL. */
  readonly defaultModel: string | undefined;
}

/** Creates the registry of all providers that can be named: the built-in ones, then the compatible ones. */
export function createRegistry(settings: RegistrySettings): ProviderRegistry {
  const { compatible, defaultProvider, defaultModel, local } = settings;
  const descriptors = [...builtInProviders, ...compatible.map(describeCompatibleProvider)];
  const entries = descriptors.map((descriptor) => createEntry(descriptor, settings));
  const fallback = local ? descriptors.find(({ isLocalDefault }) => isLocalDefault)?.id : undefined;
  return new ProviderRegistry(entries, { provider: defaultProvider, fallback, model: defaultModel });
}

function createEntry(descriptor: ProviderDescriptor, settings: ProviderSettings): RegistryEntry {
  const { models = [], modelPatterns, takesApiKey } = descriptor;
  const { baseUrl, apiKey } = readConnection(descriptor, settings.variables);
  const create =
    baseUrl === undefined
      ? undefined
      : (key: string | undefined, isByok: boolean) => createProvider({ descriptor, baseUrl, apiKey: key, isByok });
  return {
    ...descriptor,
    provider: isConfigured(descriptor, settings) ? create?.(apiKey, false) : undefined,
    withKey: takesApiKey && create ? (key) => create(key, true) : undefined,
    serves: (model) => modelPatterns.some((pattern) => pattern.test(model)) || models.includes(model),
  };
}
