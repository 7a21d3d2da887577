import { findProvider } from '../domain/find-provider.ts';
import type { ProviderDescriptor } from './descriptor.ts';

/** What decides whether a provider is configured. */
export interface ProviderSettings {
  /** The providers' API keys and base URLs, by the names of their variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** DEFAULT_PROVIDER. */
  readonly defaultProvider: string | undefined;
  /** Whether ENVIRONMENT is local. */
  readonly local: boolean;
}

/** The base URL and the API keys of a provider, by its variables. Commas separate several keys. */
export function readConnection(
  { baseUrlVariable = '', baseUrl, apiKeyVariables }: ProviderDescriptor,
  variables: ProviderSettings['variables'],
): { readonly baseUrl: string | undefined; readonly apiKeys: readonly string[] } {
  const keys = apiKeyVariables.map((name) => variables[name]).find((value) => value !== undefined) ?? '';
  return {
    baseUrl: variables[baseUrlVariable] ?? baseUrl,
    apiKeys: keys.split(',').flatMap((key) => key.trim() || []),
  };
}

/** Whether a provider answers requests without a tenant's own key. */
export function isConfigured(descriptor: ProviderDescriptor, settings: ProviderSettings): boolean {
  const { local, defaultProvider = '', variables } = settings;
  const { baseUrl, apiKeys } = readConnection(descriptor, variables);
  if (baseUrl === undefined) return false;
  if (descriptor.isLocalDefault) return local || findProvider([descriptor], defaultProvider) !== undefined;
  return descriptor.apiKeyVariables.length === 0 || apiKeys.length > 0;
}

/** Returns the setting that a provider needs to be configured: of several variables those that are missing. */
export function getSetting(descriptor: ProviderDescriptor, variables: ProviderSettings['variables']): string {
  const { id, apiKeyVariables, baseUrlVariable } = descriptor;
  const { baseUrl, apiKeys } = readConnection(descriptor, variables);
  const missing = [
    ...(apiKeys.length === 0 ? apiKeyVariables.slice(0, 1) : []),
    ...(baseUrl === undefined && baseUrlVariable !== undefined ? [baseUrlVariable] : []),
  ];
  return missing.join(' and ') || `DEFAULT_PROVIDER=${id} (it is on by itself only locally)`;
}
