import type { LimitKind, LimitRule } from '../domain/limits.ts';
import { endUserScopeId, otherEndUsers } from './end-users.ts';
import { isBudget } from './limit-rules.ts';

type CounterRule = Pick<LimitRule, 'kind' | 'scopeId'>;

/**
 * Returns the Redis key of a counter. All keys of a tenant are in one hash slot of a cluster. `day` selects the period of a
 * budget and is not used for other limits.
 */
export function counterKey(tenantId: string, rule: CounterRule, day: string): string {
  return `limits:{${tenantId}}:${rule.scopeId}:${isBudget(rule) ? 'budget' : rule.kind}${periodSuffix(rule.kind, day)}`;
}

/** Returns the Redis key of the counter of a limit that end users beyond the bound share. */
export function sharedCounterKey(tenantId: string, { kind, endUser }: LimitRule, day: string): string {
  return counterKey(tenantId, { kind, scopeId: endUserScopeId(endUser?.ownerId ?? '', otherEndUsers) }, day);
}

/** Returns the Redis key of the marker of an end user's budget: what its missing counters have spent in the period. */
export function markerKey(tenantId: string, { kind, endUser }: LimitRule, day: string): string {
  return counterKey(tenantId, { kind, scopeId: `${endUser?.ownerId}:u` }, day);
}

/** Returns the Redis key of the seed of a budget, which exists if its counter was lost. */
export function seedKey(budgetKey: string): string {
  return `${budgetKey}:seed`;
}

/** Returns the Redis key of the holds of a tenant. */
export function holdsKey(tenantId: string): string {
  return `limits:{${tenantId}}:holds`;
}

/** Returns the Redis key of the state of a tenant. */
export function tenantStateKey(tenantId: string): string {
  return `limits:{${tenantId}}:state`;
}

/** Returns the Redis keys of the end users of a tenant that have counters of their own, and of the number of new ones. */
export function endUserKeys(tenantId: string): [registry: string, newcomers: string] {
  return [`limits:{${tenantId}}:endusers`, `limits:{${tenantId}}:endusers:new`];
}

/** Returns the letters by which holds name a budget. */
export function budgetLetters({ scope, kind, endUser }: LimitRule): string {
  const letter = { key: 'k', tenant: 't', endUser: endUser?.owner === 'key' ? 'e' : 'f' }[scope];
  return `${letter}${kind === 'daily_budget' ? 'd' : 'm'}`;
}

/** Returns how a hold names its budgets: by their letters, and the end user if it has a budget. */
export function describeBudgets(rules: readonly LimitRule[]): string {
  const subject = rules.find(({ endUser }) => endUser)?.endUser?.subject;
  return [...rules.map(budgetLetters), ...(subject === undefined ? [] : [subject])].join();
}

function periodSuffix(kind: LimitKind, day: string): string {
  if (kind === 'daily_budget') return `:${day}`;
  return kind === 'monthly_budget' ? `:${monthOf(day)}` : '';
}

/** Returns the day of a time in milliseconds, UTC: `2026-11-24`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Returns the month of a day: `2026-11`. */
export function monthOf(day: string): string {
  return day.slice(0, 7);
}
