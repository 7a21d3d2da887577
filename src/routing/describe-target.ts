import { isAllowed, notAllowedMessage } from '../domain/allowed-names.ts';
import { findProvider } from '../domain/find-provider.ts';
import type { RouteTarget } from '../domain/route.ts';
import type { RegistryEntry } from '../providers/registry.ts';
import type { TargetHealth } from './target-health.ts';

/** Whether a target can be tried. */
export interface TargetState {
  readonly state: 'available' | 'cooling_down' | 'not_configured' | 'not_allowed';
  /** Why it is skipped; absent for one that is available. */
  readonly reason?: string;
}

/** What the state of a target depends on. */
export interface TargetConditions {
  readonly entries: readonly RegistryEntry[];
  /** The providers for which the tenant has a key of its own, by their ids; undefined for one that has not been used with it. */
  readonly byokProviders: ReadonlyMap<string, object | undefined>;
  /** Null: any. */
  readonly allowedProviders: readonly string[] | null;
  /** Which targets fail, with each API key. */
  readonly health: Pick<TargetHealth, 'cooldownUntilMs'>;
}

/** Describes whether a target can be tried for a tenant's key, and why not. */
export function describeTarget({ provider, model }: RouteTarget, conditions: TargetConditions): TargetState {
  const { entries, byokProviders, allowedProviders, health } = conditions;
  if (!isAllowed(provider, allowedProviders)) {
    return { state: 'not_allowed', reason: `Provider "${provider}" ${notAllowedMessage(allowedProviders)}.` };
  }
  const entry = findProvider(entries, provider);
  if (!entry) {
    return { state: 'not_configured', reason: `Provider "${provider}" is not known to this gateway.` };
  }
  const isByok = entry.withKey !== undefined && byokProviders.has(entry.id);
  if (!entry.provider && !isByok) {
    return { state: 'not_configured', reason: `Provider "${provider}" is not configured: set ${entry.setting}.` };
  }
  const providers = isByok ? [byokProviders.get(entry.id)] : [entry.provider, ...(entry.withOtherKeys ?? [])];
  const times = providers.map((one) => (one && health.cooldownUntilMs(one, model)) ?? 0);
  const untilMs = Math.min(...times);
  if (untilMs > 0) {
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
