import { invalidFieldError, mapErrorIssues } from '../domain/errors.ts';
import { findProvider, type ProviderNames } from '../domain/find-provider.ts';
import type { RouteTarget } from '../domain/route.ts';
import { parseWithSchema } from '../lib/parse-with-schema.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import { type RouteInput, routeSchema } from './route-schema.ts';

/** The providers that can be named; undefined: any name is accepted. */
type Providers = readonly ProviderNames[] | undefined;

/** Parses a route as operators write it. An alias of a provider becomes its id. Throws `invalid_request` that names the field. */
export function parseRoute(input: unknown, providers: Providers): RouteInput {
  const route = parseWithSchema(input, routeSchema);
  return { ...route, targets: route.targets.map((target, index) => resolveProvider(target, index, providers)) };
}

/**
 * Parses a file of routes: a list of them, or one. `tenantId` left out is a global route. Throws `invalid_request` that names
 * the place, for example `[2].targets[0].weight`.
 */
export function parseRouteFile(json: unknown, providers: Providers): RouteInput[] {
  if (!Array.isArray(json)) return [parseRoute(json, providers)];
  const names = new Set<string>();
  return json.map((entry, index) => {
    const route = parseEntry(entry, index, providers);
    const key = JSON.stringify([route.tenantId ?? null, route.name]);
    if (names.has(key)) throw invalidFieldError([index, 'name'], `"${route.name}" is there twice: leave one of them`);
    names.add(key);
    return route;
  });
}

function parseEntry(entry: unknown, index: number, providers: Providers): RouteInput {
  try {
    return parseRoute(entry, providers);
  } catch (error) {
    throw mapErrorIssues(error, ({ path, message }) => ({ path: [index, ...path], message }));
  }
}

function resolveProvider(target: RouteTarget, index: number, providers: Providers): RouteTarget {
  const { provider: name } = target;
  if (!providers) return target;
  const provider = findProvider(providers, name);
  if (provider) return { ...target, provider: provider.id };
  const names = providers.map(({ id }) => id);
  const hint = didYouMean(name, names) || `: use one of ${names.join(', ')}`;
  throw invalidFieldError(['targets', index, 'provider'], `"${name}" is not a known provider${hint}`);
}
