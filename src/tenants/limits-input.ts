import * as z from 'zod';
import { invalidFieldError } from '../domain/errors.ts';
import type { Limits } from '../domain/limits.ts';
import { dollarsToNanoUsd, nanoUsdToDollars } from '../domain/money.ts';

const countMessage = 'must be a whole number from 1 to 2147483647, or null for no limit';
const count = z.number(countMessage).int(countMessage).min(1, countMessage).max(2_147_483_647, countMessage).nullish();

const budget = z
  .number('must be dollars, or null for no limit')
  .transform((dollars, context) => {
    try {
      return dollarsToNanoUsd(dollars);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as RangeError).message });
      return z.NEVER;
    }
  })
  .nullish();

/** Limits as clients send them, with budgets in dollars. Null removes a limit; an absent limit stays as it is. */
export const limitsSchema = z
  .strictObject({
    requestsPerMinute: count,
    tokensPerMinute: count,
    concurrency: count,
    dailyBudget: budget,
    monthlyBudget: budget,
  })
  .transform(({ dailyBudget, monthlyBudget, ...counts }): Limits => {
    return { ...counts, dailyBudgetNanoUsd: dailyBudget, monthlyBudgetNanoUsd: monthlyBudget };
  });

const fieldNames = {
  requestsPerMinute: 'requestsPerMinute',
  tokensPerMinute: 'tokensPerMinute',
  concurrency: 'concurrency',
  dailyBudgetNanoUsd: 'dailyBudget',
  monthlyBudgetNanoUsd: 'monthlyBudget',
} as const satisfies Record<keyof Limits, string>;

/** Throws `invalid_request` for a key's limit that is above its tenant's, and names both. */
export function checkWithinTenantLimits(key: Limits, tenant: Limits): void {
  for (const field of Object.keys(fieldNames) as (keyof Limits)[]) {
    const [keyLimit, tenantLimit] = [key[field], tenant[field]];
    if (keyLimit == null || tenantLimit == null || keyLimit <= tenantLimit) continue;
    const problem = `the key's ${formatLimit(keyLimit)} is above its tenant's ${formatLimit(tenantLimit)}`;
    throw invalidFieldError(['limits', fieldNames[field]], `${problem}: give the key at most that, or its tenant more`);
  }
}

/**
 * Throws `invalid_request` for a limit of each end user that is above the limit of all together, the key's or its tenant's, and names
 * both.
 */
export function checkEndUserLimits(endUser: Limits, own: Limits, owner: 'key' | 'tenant'): void {
  for (const field of Object.keys(fieldNames) as (keyof Limits)[]) {
    const [endUserLimit, limit] = [endUser[field], own[field]];
    if (endUserLimit == null || limit == null || endUserLimit <= limit) continue;
    const problem = `each end user's ${formatLimit(endUserLimit)} is above the ${owner}'s ${formatLimit(limit)}`;
    throw invalidFieldError(
      ['endUserLimits', fieldNames[field]],
      `${problem}: give each end user at most that, or the ${owner} more`,
    );
  }
}

/** Returns limits with changes: an undefined one stays as it is. */
export function mergeLimits(existing: Limits, changes: Limits = {}): Limits {
  const defined = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...existing, ...Object.fromEntries(defined) };
}

function formatLimit(value: number | bigint): string {
  return typeof value === 'bigint' ? `$${nanoUsdToDollars(value)}` : String(value);
}
