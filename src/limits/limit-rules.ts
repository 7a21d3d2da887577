import type { Limits } from '../domain/limits.ts';

/** The owner of a limit. */
export type LimitScope = 'key' | 'tenant';

/** The quantity that a limit counts. */
export type LimitKind = 'requests' | 'tokens' | 'concurrency' | 'daily_budget' | 'monthly_budget';

/** One limit that a request has to stay within. */
export interface LimitRule {
  readonly kind: LimitKind;
  readonly scope: LimitScope;
  /** `key_…` or `ten_…`. */
  readonly scopeId: string;
  /** Requests, tokens or nano-dollars: below 2^53, so that Lua in Redis counts it exactly. */
  readonly limit: number;
}

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
