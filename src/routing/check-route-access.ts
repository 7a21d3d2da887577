import { isAllowed, notAllowedMessage } from '../domain/allowed-names.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { Route, RouteTarget } from '../domain/route.ts';

/** What an API key may use. */
type KeyLists = Pick<Principal, 'allowedModels' | 'allowedProviders'>;

/**
 * Returns the targets of a route that an API key may use, in the order of the route. `allowedModels` is a list of the names
 * that clients send: it has to hold the route, and its targets need not be on it. Throws `forbidden` for a route that is not
 * on it, and for one whose targets are all excluded by `allowedProviders`.
 */
export function checkRouteAccess({ name, targets }: Route, key: KeyLists): readonly RouteTarget[] {
  if (!isAllowed(name, key.allowedModels)) {
    throw new GatewayError('forbidden', [
      { path: ['model'], message: `"${name}" ${notAllowedMessage(key.allowedModels)}` },
    ]);
  }
  const allowed = selectTargets(targets, key);
  if (allowed.length > 0) return allowed;
  const providers = [...new Set(targets.map(({ provider }) => provider))].join(', ');
  const message = `"${name}" leads to ${providers} only, and this API key may use ${key.allowedProviders?.slice(0, 20).join(', ') || 'no provider'}`;
  throw new GatewayError('forbidden', [{ path: ['model'], message }]);
}

/** Returns whether an API key may use a route. */
export function canUseRoute({ name, targets }: Route, key: KeyLists): boolean {
  return isAllowed(name, key.allowedModels) && selectTargets(targets, key).length > 0;
}

function selectTargets(targets: readonly RouteTarget[], { allowedProviders }: KeyLists): readonly RouteTarget[] {
  if (allowedProviders === null) return targets;
  return targets.filter(({ provider }) => isAllowed(provider, allowedProviders));
}
