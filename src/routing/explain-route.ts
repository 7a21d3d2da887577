import { isAllowed, notAllowedMessage } from '../domain/allowed-names.ts';
import { findProvider } from '../domain/find-provider.ts';
import type { Route, RouteTarget } from '../domain/route.ts';
import type { RegistryEntry } from '../providers/registry.ts';
import { describeTarget, sortTargets, type TargetConditions, type TargetState } from './describe-target.ts';

/** A target of a route, and whether it would be tried. */
export interface ExplainedTarget extends TargetState {
  readonly target: RouteTarget;
  /** Undefined for a provider that is no longer known. */
  readonly entry: RegistryEntry | undefined;
}

/** Explains which targets a request for a route would try, in the order of preference. Sends nothing. */
export function explainRoute(
  route: Route,
  conditions: TargetConditions & { readonly allowedModels: readonly string[] | null },
): ExplainedTarget[] {
  const { allowedModels, entries } = conditions;
  const closed: TargetState | undefined = isAllowed(route.name, allowedModels)
    ? undefined
    : { state: 'not_allowed', reason: `Route "${route.name}" ${notAllowedMessage(allowedModels)}.` };
  return sortTargets(route.targets).map((target) => ({
    target,
    entry: findProvider(entries, target.provider),
    ...(closed ?? describeTarget(target, conditions)),
  }));
}
