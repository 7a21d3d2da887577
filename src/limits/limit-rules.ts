import type { LimitKind, LimitRule, LimitScope, Limits } from '../domain/limits.ts';

/** Returns the limits of a request: those of its key, then those of its tenant. */
export function getLimitRules(
  { keyId, tenantId }: { readonly keyId: string; readonly tenantId: string },
  { key, tenant }: { readonly key: Limits; readonly tenant: Limits },
): LimitRule[] {
  return [...getCachedRules('key', keyId, key), ...getCachedRules('tenant', tenantId, tenant)];
}

/** By the limits object itself: the key verifier caches a principal for some seconds, and its limits with it. */
const ruleCache = new WeakMap<Limits, { readonly scopeId: string; readonly rules: readonly LimitRule[] }>();

function getCachedRules(scope: LimitScope, scopeId: string, limits: Limits): readonly LimitRule[] {
  const cached = ruleCache.get(limits);
  if (cached?.scopeId === scopeId) return cached.rules;
  const rules = createRules(scope, scopeId, limits);
  ruleCache.set(limits, { scopeId, rules });
  return rules;
}

function createRules(scope: LimitScope, scopeId: string, limits: Limits): LimitRule[] {
  const values: Readonly<Record<LimitKind, number | bigint | null | undefined>> = {
    requests: limits.requestsPerMinute,
    tokens: limits.tokensPerMinute,
    concurrency: limits.concurrency,
    daily_budget: limits.dailyBudgetNanoUsd,
    monthly_budget: limits.monthlyBudgetNanoUsd,
  };
  return (Object.entries(values) as [LimitKind, number | bigint | null | undefined][]).flatMap(([kind, limit]) =>
    limit === null || limit === undefined ? [] : [{ kind, scope, scopeId, limit: Number(limit) }],
  );
}

/** Returns whether a limit counts money. */
export function isBudget({ kind }: Pick<LimitRule, 'kind'>): boolean {
  return kind === 'daily_budget' || kind === 'monthly_budget';
}
