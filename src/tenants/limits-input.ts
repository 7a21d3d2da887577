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

/** Limits as they are said from outside, budgets in dollars: null takes a limit away, what is left out stays. */
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

const names = {
  requestsPerMinute: 'requestsPerMinute',
  tokensPerMinute: 'tokensPerMinute',
  concurrency: 'concurrency',
  dailyBudgetNanoUsd: 'dailyBudget',
  monthlyBudgetNanoUsd: 'monthlyBudget',
} as const satisfies Record<keyof Limits, string>;

/** Throws `invalid_request` for a limit of a key that is above the one of its tenant, and names both. */
export function checkWithin(key: Limits, tenant: Limits): void {
  for (const field of Object.keys(names) as (keyof Limits)[]) {
    const [own, most] = [key[field], tenant[field]];
    if (own == null || most == null || own <= most) continue;
    const problem = `the key's ${show(own)} is above its tenant's ${show(most)}`;
    throw invalidFieldError(['limits', names[field]], `${problem}: give the key at most that, or its tenant more`);
  }
}

function show(value: number | bigint): string {
  return typeof value === 'bigint' ? `$${nanoUsdToDollars(value)}` : String(value);
}
