import { isAllowed, notAllowedMessage } from '../domain/allowed-names.ts';
import { GatewayError, invalidFieldError, mapErrorIssues } from '../domain/errors.ts';
import type { Route, RouteTarget } from '../domain/route.ts';
import { checkRouteAccess } from '../routing/check-route-access.ts';
import { chooseEntry } from './choose-target.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { RoutedRequest } from './gateway-request.ts';

type Dependencies = Pick<GatewayDependencies, 'registry' | 'prices' | 'routes' | 'now'>;

/** Within which a request that lists models makes its attempts: as many as it lists models. */
const listDeadlineMs = 60_000;

/**
 * Returns the route of a request: the one that it names as its model, or one of the models that it lists. Undefined for a request with
 * one target. Throws `invalid_request` where it names a provider beside a route, or a model that is not known, and `forbidden` for a
 * route or a model that the API key is not allowed to use.
 */
export function findRoute(dependencies: Dependencies, request: RoutedRequest): Route | undefined {
  const { models, model, provider, principal } = request;
  if (models) return createListRoute(dependencies, request, models);
  const route = model === undefined ? undefined : dependencies.routes.find(principal.tenantId, model);
  if (!route) return undefined;
  if (provider !== undefined) {
    const entry = dependencies.registry.choose({ provider });
    // The provider's own model of the same name.
    if (entry.serves(route.name)) return undefined;
    throw invalidFieldError(['provider'], `must be left out: "${route.name}" is a route, which names its providers`);
  }
  return checkOneModel(request, { ...route, targets: checkRouteAccess(route, principal) });
}

/** Returns the names by which a request can find its route again; undefined where it lists one model, which its target says. */
export function listRouteNames(
  { routes }: Pick<Dependencies, 'routes'>,
  { models, principal }: RoutedRequest,
  route: Route,
): readonly string[] | undefined {
  if (!models) return [route.name];
  return models.length > 1 || routes.find(principal.tenantId, route.name) ? models : undefined;
}

/** Creates the route of a list of models: the first is tried first. Routes in the list are tried with all of their targets. */
function createListRoute(dependencies: Dependencies, request: RoutedRequest, models: readonly string[]): Route {
  const targets: RouteTarget[] = [];
  for (const [index, name] of models.entries()) {
    // `model` stands before those of the list.
    const listIndex = request.model === undefined ? index : index - 1;
    const path = listIndex < 0 ? ['model'] : ['models', listIndex];
    const lastTier = targets.at(-1)?.tier ?? 0;
    const route = dependencies.routes.find(request.principal.tenantId, name);
    checkModelAccess(
      request,
      route?.name ?? dependencies.registry.parseModel(name, request.principal).model ?? name,
      path,
    );
    if (route) targets.push(...route.targets.map((target) => ({ ...target, tier: lastTier + target.tier })));
    else targets.push({ ...resolveModel(dependencies, request, name, path), tier: lastTier + 1, weight: 1 });
  }
  return checkOneModel(request, {
    name: models.join(', '),
    tenantId: request.principal.tenantId,
    version: 0,
    targets,
    retry: { attempts: targets.length, deadlineMs: listDeadlineMs },
    sticky: 'none',
    promptCache: 'off',
    cacheTtlSeconds: 0,
  });
}

/** Throws `invalid_request` where the targets of a route give replies that cannot take each other's place. */
function checkOneModel({ needsOneModel }: RoutedRequest, route: Route): Route {
  if (!needsOneModel || new Set(route.targets.map(({ model }) => model)).size === 1) return route;
  const problem = 'must be one model, for vectors of different models cannot be compared';
  throw invalidFieldError(['model'], `${problem}: "${route.name}" stands for several`);
}

function resolveModel(
  dependencies: Dependencies,
  { principal }: RoutedRequest,
  name: string,
  path: readonly (string | number)[],
): Pick<RouteTarget, 'provider' | 'model'> {
  const requested = dependencies.registry.parseModel(name, principal);
  try {
    return { provider: chooseEntry(dependencies, { principal, ...requested }).id, model: requested.model ?? name };
  } catch (thrown) {
    throw mapErrorIssues(thrown, ({ message }) => ({ path, message }));
  }
}

function checkModelAccess(
  { principal: { allowedModels } }: Pick<RoutedRequest, 'principal'>,
  name: string,
  path: readonly (string | number)[],
): void {
  if (isAllowed(name, allowedModels)) return;
  throw new GatewayError('forbidden', [{ path, message: `"${name}" ${notAllowedMessage(allowedModels)}` }]);
}
