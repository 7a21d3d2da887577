import { builtInProviders } from './catalog.ts';
import { createProvider } from './create-provider.ts';
import type { ProviderDescriptor } from './descriptor.ts';
import { type CompatibleProvider, describeCompatibleProvider } from './parse-compatible-providers.ts';
import { getSetting, isConfigured, type ProviderSettings, readConnection } from './provider-settings.ts';
import { ProviderRegistry, type RegistryEntry } from './registry.ts';

/** The settings that decide which providers can be named, and which of them are configured. */
export interface RegistrySettings extends ProviderSettings {
  readonly compatible: readonly CompatibleProvider[];
  /** DEFAULT_MODEL. */
  readonly defaultModel: string | undefined;
}

/** Creates the registry of all providers that can be named. */
export function createRegistry(settings: RegistrySettings): ProviderRegistry {
  const { compatible, defaultProvider, defaultModel, local } = settings;
  const descriptors = combineDescriptors(compatible);
  const entries = descriptors.map((descriptor) => createEntry(descriptor, settings));
  const fallback = local ? descriptors.find(({ isLocalDefault }) => isLocalDefault)?.id : undefined;
  return new ProviderRegistry(entries, { provider: defaultProvider, fallback, model: defaultModel });
}

/** Returns all providers in the order of their names in errors. An entry of COMPATIBLE_PROVIDERS replaces the vendor of its name. */
export function combineDescriptors(compatible: readonly CompatibleProvider[]): ProviderDescriptor[] {
  const isReplaced = ({ id }: ProviderDescriptor) => compatible.some(({ name }) => name === id);
  return [
    ...builtInProviders.filter(({ isOptional }) => !isOptional),
    ...compatible.map(describeCompatibleProvider),
    ...builtInProviders.filter((vendor) => vendor.isOptional && !isReplaced(vendor)),
  ];
}

function createEntry(descriptor: ProviderDescriptor, settings: ProviderSettings): RegistryEntry {
  const { models = [], modelPatterns, takesApiKey } = descriptor;
  const { baseUrl, apiKeys } = readConnection(descriptor, settings.variables);
  const [apiKey, ...otherKeys] = apiKeys;
  const create =
    baseUrl === undefined
      ? undefined
      : (key: string | undefined, isByok: boolean) => createProvider({ descriptor, baseUrl, apiKey: key, isByok });
  return {
    ...descriptor,
    provider: isConfigured(descriptor, settings) ? create?.(apiKey, false) : undefined,
    ...(create && otherKeys.length > 0 && { withOtherKeys: otherKeys.map((key) => create(key, false)) }),
    setting: getSetting(descriptor, settings.variables),
    withKey: takesApiKey && create ? (key) => create(key, true) : undefined,
    serves: (model) => modelPatterns.some((pattern) => pattern.test(model)) || models.includes(model),
  };
}
