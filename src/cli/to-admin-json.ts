import { type Limits, limitFieldNames } from '../domain/limits.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import type { ApiKey, Tenant } from '../domain/tenant.ts';
import type { KeyNearLimit } from '../tenants/find-keys-near-limit.ts';

/** Converts a tenant to JSON with the names of GraphQL. */
export function toTenantJson({ limits, ...tenant }: Tenant): object {
  return { ...tenant, limits: toLimitsJson(limits) };
}

/** Converts an API key to JSON with the names of GraphQL. */
export function toKeyJson({ limits, ...key }: ApiKey): object {
  return { ...key, limits: toLimitsJson(limits) };
}

/** Converts a key that is near a limit to JSON, with what is left and the share of the limit that it has used most of. */
export function toNearLimitJson({ apiKey, remaining, kind, usedShare }: KeyNearLimit): object {
  const limits = { ...toLimitsJson(apiKey.limits), remaining: toLimitsJson(remaining) };
  const limit = limitFieldNames[kind].replace('NanoUsd', '');
  return { ...toKeyJson(apiKey), limits, nearestLimit: { limit, usedShare } };
}

function toLimitsJson(limits: Limits): object {
  const { requestsPerMinute, tokensPerMinute, concurrency, dailyBudgetNanoUsd, monthlyBudgetNanoUsd } = limits;
  const toDollars = (amount: bigint | null | undefined) => (amount == null ? null : nanoUsdToDollars(amount));
  return {
    requestsPerMinute: requestsPerMinute ?? null,
    tokensPerMinute: tokensPerMinute ?? null,
    concurrency: concurrency ?? null,
    dailyBudget: toDollars(dailyBudgetNanoUsd),
    monthlyBudget: toDollars(monthlyBudgetNanoUsd),
  };
}

/** Formats limits for a table: `rpm 10, $20 a month`. */
export function formatLimits(limits: Limits): string {
  const { requestsPerMinute, tokensPerMinute, concurrency, dailyBudgetNanoUsd, monthlyBudgetNanoUsd } = limits;
  const dollars = (amount: bigint) => `$${nanoUsdToDollars(amount)}`;
  return [
    requestsPerMinute == null ? [] : `rpm ${requestsPerMinute}`,
    tokensPerMinute == null ? [] : `tpm ${tokensPerMinute}`,
    concurrency == null ? [] : `concurrency ${concurrency}`,
    dailyBudgetNanoUsd == null ? [] : `${dollars(dailyBudgetNanoUsd)} a day`,
    monthlyBudgetNanoUsd == null ? [] : `${dollars(monthlyBudgetNanoUsd)} a month`,
  ]
    .flat()
    .join(', ');
}
