import type { LimitKind, LimitRule, LimitScope, Limits } from '../domain/limits.ts';

/** The limits of a call, each named once: those of its key and those of its tenant. */
export function getLimitRules(
  { keyId, tenantId }: { readonly keyId: string; readonly tenantId: string },
  { key, tenant }: { readonly key: Limits; readonly tenant: Limits },
): LimitRule[] {
  return [...limitersIn('key', keyId, key), ...limitersIn('tenant', tenantId, tenant)];
}

/** By the limits' own object: a caller is remembered for some seconds, and its limits with it. */
const remembered = new WeakMap<Limits, { readonly scopeId: string; readonly rules: readonly LimitRule[] }>();

function limitersIn(scope: LimitScope, scopeId: string, limits: Limits): readonly LimitRule[] {
  const known = remembered.get(limits);
  if (known?.scopeId === scopeId) return known.rules;
  const rules = makeLimiters(scope, scopeId, limits);
  remembered.set(limits, { scopeId, rules });
  return rules;
}

function makeLimiters(scope: LimitScope, scopeId: string, limits: Limits): LimitRule[] {
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

/** Whether a limit counts money. */
export function isBudget({ kind }: Pick<LimitRule, 'kind'>): boolean {
  return kind === 'daily_budget' || kind === 'monthly_budget';
}
