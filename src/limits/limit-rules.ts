import type { CountedEndUser, LimitKind, LimitRule, Limits } from '../domain/limits.ts';
import { endUserScopeId, getSubject } from './end-users.ts';
import type { AdmissionRequest } from './types.ts';

type LimitedRequest = Pick<AdmissionRequest, 'keyId' | 'tenantId' | 'endUser'>;

/** The limits of a request by their owner. */
interface RequestLimits {
  readonly key: Limits;
  readonly tenant: Limits;
  /** Of each end user of the key. */
  readonly keyEndUser?: Limits | undefined;
  /** Of each end user of the tenant. */
  readonly tenantEndUser?: Limits | undefined;
}

/** Returns the limits of a request: those of its key, of its tenant, and of its end user. */
export function getLimitRules(
  { keyId, tenantId, endUser }: LimitedRequest,
  { key, tenant, keyEndUser, tenantEndUser }: RequestLimits,
): LimitRule[] {
  const rules: LimitRule[] = [...getCachedRules('key', keyId, key), ...getCachedRules('tenant', tenantId, tenant)];
  const ofKey = keyEndUser ? getCachedRules('key', keyId, keyEndUser) : [];
  const ofTenant = tenantEndUser ? getCachedRules('tenant', tenantId, tenantEndUser) : [];
  if (ofKey.length === 0 && ofTenant.length === 0) return rules;
  const subject = getSubject(endUser);
  for (const { kind, scope: owner, scopeId: ownerId, limit } of [...ofKey, ...ofTenant]) {
    const counted: CountedEndUser = { owner, ownerId, subject, name: endUser ?? null };
    rules.push({ kind, scope: 'endUser', scopeId: endUserScopeId(ownerId, subject), endUser: counted, limit });
  }
  return rules;
}

type OwnedRule = LimitRule & { readonly scope: 'key' | 'tenant' };

/** By the limits object itself: the key verifier caches a principal for some seconds, and its limits with it. */
const ruleCache = new WeakMap<Limits, { readonly scopeId: string; readonly rules: readonly OwnedRule[] }>();

function getCachedRules(scope: OwnedRule['scope'], scopeId: string, limits: Limits): readonly OwnedRule[] {
  const cached = ruleCache.get(limits);
  if (cached?.scopeId === scopeId) return cached.rules;
  const rules = createRules(scope, scopeId, limits);
  ruleCache.set(limits, { scopeId, rules });
  return rules;
}

function createRules(scope: OwnedRule['scope'], scopeId: string, limits: Limits): OwnedRule[] {
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
