import { describeIssues } from '../domain/error-issue.ts';
import { findProvider } from '../domain/find-provider.ts';
import type { Route, RouteTarget } from '../domain/route.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import type { RegistryEntry } from '../providers/registry.ts';
import type { PriceSource } from '../usage/price-source.ts';
import { isFree } from '../usage/price-usage.ts';
import { isListedModel, listModelNames } from './listed-models.ts';

interface RouteSurroundings {
  readonly providers: readonly RegistryEntry[];
  readonly prices: PriceSource;
  readonly at: Date;
}

/** Finds what is allowed in a route, and may be a mistake. Each warning names the field. */
export function findRouteWarnings(
  { name, targets }: Pick<Route, 'name' | 'targets'>,
  { providers, prices, at }: RouteSurroundings,
): string[] {
  const issues = [];
  const enabled = providers.filter(({ provider }) => provider !== undefined);
  const namesake = findProvider(enabled, name) ?? enabled.find(({ serves }) => serves(name));
  if (namesake) {
    const message = `"${name}" also leads to provider "${namesake.id}": requests for it go to this route from now on`;
    issues.push({ path: ['name'], message });
  }
  for (const [index, { provider, model }] of targets.entries()) {
    const entry = findProvider(providers, provider);
    if (!entry) continue;
    if (!entry.provider) {
      const message = `"${provider}" is not configured, and the target is skipped for tenants without a key of their own: set ${entry.setting}`;
      issues.push({ path: ['targets', index, 'provider'], message });
    }
    const modelNames = listModelNames(entry, prices);
    if (isFree(entry) || modelNames.length === 0 || isListedModel(entry, model, { prices, at })) continue;
    const message = `"${model}" is not a known model of "${provider}"${didYouMean(model, modelNames)}`;
    issues.push({ path: ['targets', index, 'model'], message });
  }
  if (hasMixedEmbeddings(targets)) {
    const message = 'must all be the same model where one makes embeddings: requests for embeddings are refused';
    issues.push({ path: ['targets'], message });
  }
  return issues.map((issue) => describeIssues([issue]));
}

/** Vectors of different models cannot be compared. */
function hasMixedEmbeddings(targets: readonly RouteTarget[]): boolean {
  return targets.some(({ model }) => /embed/i.test(model)) && new Set(targets.map(({ model }) => model)).size > 1;
}
