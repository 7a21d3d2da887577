import { loadRoutesFile } from '../build/load-routes-file.ts';
import type { Route } from '../domain/route.ts';
import { ConfigurationError } from '../env.ts';
import { builtInProviders } from '../providers/catalog.ts';
import { compatibleProvidersSchema, describeCompatibleProvider } from '../providers/parse-compatible-providers.ts';
import { StartError } from './start-error.ts';

/** Reads routes.json and checks it, with the providers that the Worker's variables name. Throws a StartError. */
export function readRoutesFile(path: string, variables: Readonly<Record<string, string>>): Route[] {
  const compatible = compatibleProvidersSchema.safeParse(variables.COMPATIBLE_PROVIDERS).data ?? [];
  try {
    return loadRoutesFile(path, [...builtInProviders, ...compatible.map(describeCompatibleProvider)]);
  } catch (error) {
    throw error instanceof ConfigurationError ? new StartError(`${error.message.replace(/\.$/, '')}.`) : error;
  }
}
