import { describeIssues } from '../domain/error-issue.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import type { RegistryEntry } from '../providers/registry.ts';
import { isListedModel, listModelNames, type ModelSources } from '../routing/listed-models.ts';

interface ModelSurroundings extends ModelSources {
  readonly providers: readonly RegistryEntry[];
  /** The routes that the tenant can use. */
  readonly routeNames: readonly string[];
}

/**
 * Finds the names in a key's `allowedModels` that are neither a route nor a model that the gateway lists. They are allowed, because
 * no list has every model, and may be mistakes.
 */
export function findModelWarnings(models: readonly string[] | null, surroundings: ModelSurroundings): string[] {
  const { providers, routeNames, prices } = surroundings;
  const unlisted = (models ?? []).flatMap((model, index) => (isListed(model, surroundings) ? [] : [{ model, index }]));
  if (unlisted.length === 0) return [];
  const names = [...new Set([...routeNames, ...providers.flatMap((entry) => listModelNames(entry, prices))])];
  return unlisted.map(({ model, index }) => {
    const message = `"${model}" is neither a route nor a known model${didYouMean(model, names)}`;
    return describeIssues([{ path: ['allowedModels', index], message }]);
  });
}

function isListed(model: string, { providers, routeNames, ...sources }: ModelSurroundings): boolean {
  return routeNames.includes(model) || providers.some((entry) => isListedModel(entry, model, sources));
}
