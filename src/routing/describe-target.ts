import { isAllowed, notAllowedMessage } from '../domain/allowed-names.ts';
import { findProvider } from '../domain/find-provider.ts';
import type { RouteTarget } from '../domain/route.ts';
import { getSetting } from '../providers/provider-settings.ts';
import type { RegistryEntry } from '../providers/registry.ts';

/** Whether a target can be tried. */
export interface TargetState {
  readonly state: 'available' | 'cooling_down' | 'not_configured' | 'not_allowed';
  /** Why it is skipped; absent for one that is available. */
  readonly reason?: string;
}

/** What is known of the failures of targets. */
export interface TargetHealth {
  /** The time at which a target that has failed is tried again, in milliseconds since the epoch. */
  cooldownUntilMs(provider: string, model: string): number | undefined;
}

/** What the state of a target depends on. */
export interface TargetConditions {
  readonly entries: readonly RegistryEntry[];
  /** The providers for which the tenant has a key of its own. */
  readonly byokProviders: readonly string[];
  /** Null: any. */
  readonly allowedProviders: readonly string[] | null;
  readonly health?: TargetHealth | undefined;
  readonly now: () => number;
}

/** Describes whether a target can be tried for a tenant's key, and why not. */
export function describeTarget({ provider, model }: RouteTarget, conditions: TargetConditions): TargetState {
  const { entries, byokProviders, allowedProviders, health, now } = conditions;
  if (!isAllowed(provider, allowedProviders)) {
    return { state: 'not_allowed', reason: `Provider "${provider}" ${notAllowedMessage(allowedProviders)}.` };
  }
  const entry = findProvider(entries, provider);
  if (!entry) {
    return { state: 'not_configured', reason: `Provider "${provider}" is not known to this gateway.` };
  }
  if (!entry.provider && !(entry.withKey && byokProviders.includes(entry.id))) {
    return { state: 'not_configured', reason: `Provider "${provider}" is not configured: set ${getSetting(entry)}.` };
  }
  const untilMs = health?.cooldownUntilMs(provider, model);
  if (untilMs !== undefined && untilMs > now()) {
    return {
      state: 'cooling_down',
      reason: `It has failed, and is tried again at ${new Date(untilMs).toISOString()}.`,
    };
  }
  return { state: 'available' };
}

/** Returns the targets in the order of preference: by tier, and within a tier by weight. */
export function sortTargets(targets: readonly RouteTarget[]): readonly RouteTarget[] {
  return [...targets].sort((left, right) => left.tier - right.tier || right.weight - left.weight);
}
