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

/** The base URL and the API key of a provider, by its variables. */
export function readConnection(
  { baseUrlVariable = '', baseUrl, apiKeyVariables }: ProviderDescriptor,
  variables: ProviderSettings['variables'],
): { readonly baseUrl: string | undefined; readonly apiKey: string | undefined } {
  return {
    baseUrl: variables[baseUrlVariable] ?? baseUrl,
    apiKey: apiKeyVariables.map((name) => variables[name]).find((value) => value !== undefined),
  };
}

/** Whether a provider answers requests without a tenant's own key. */
export function isConfigured(descriptor: ProviderDescriptor, settings: ProviderSettings): boolean {
  const { local, defaultProvider = '', variables } = settings;
  const { baseUrl, apiKey } = readConnection(descriptor, variables);
  if (baseUrl === undefined) return false;
  if (descriptor.isLocalDefault) return local || findProvider([descriptor], defaultProvider) !== undefined;
  return descriptor.apiKeyVariables.length === 0 || apiKey !== undefined;
}

/** Returns the setting that a provider needs to be configured: of several variables those that are missing. */
export function getSetting(descriptor: ProviderDescriptor, variables: ProviderSettings['variables']): string {
  const { id, apiKeyVariables, baseUrlVariable } = descriptor;
  const { baseUrl, apiKey } = readConnection(descriptor, variables);
  const missing = [
    ...(apiKey === undefined ? apiKeyVariables.slice(0, 1) : []),
    ...(baseUrl === undefined && baseUrlVariable !== undefined ? [baseUrlVariable] : []),
  ];
  return missing.join(' and ') || `DEFAULT_PROVIDER=${id} (it is on by itself only locally)`;
}
