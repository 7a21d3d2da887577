import { readFileSync } from 'node:fs';
import type { ProviderNames } from '../domain/find-provider.ts';
import type { Route } from '../domain/route.ts';
import { ConfigurationError, parseRoutesFile } from '../env.ts';

/**
 * Reads routes.json and checks it. `providers` undefined: any name of a provider is accepted. Throws a ConfigurationError that
 * names the place.
 */
export function loadRoutesFile(path: string, providers: readonly ProviderNames[] | undefined): Route[] {
  return parseRoutesFile(readJson(path), providers);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new ConfigurationError(`routes.json is not JSON: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    const fix = code === 'ENOENT' ? 'it is a part of the Worker, so write [] into it for no routes' : String(code);
    throw new ConfigurationError(`routes.json cannot be read: ${fix}`);
  }
}
