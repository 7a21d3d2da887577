import { bigint, boolean, integer } from 'drizzle-orm/pg-core';

/** The columns of `Limits` (domain/limits.ts), shared by tenants and keys. Null: not limited. */
export const limitColumns = () => ({
  requestsPerMinute: integer('requests_per_minute'),
  tokensPerMinute: integer('tokens_per_minute'),
  concurrency: integer('concurrency'),
  dailyBudgetNanoUsd: bigint('daily_budget_nano_usd', { mode: 'bigint' }),
  monthlyBudgetNanoUsd: bigint('monthly_budget_nano_usd', { mode: 'bigint' }),
});

/** The columns of the limits that each end user has (domain/limits.ts), shared by tenants and keys. Null: not limited. */
export const endUserLimitColumns = () => ({
  endUserRequestsPerMinute: integer('end_user_requests_per_minute'),
  endUserTokensPerMinute: integer('end_user_tokens_per_minute'),
  endUserConcurrency: integer('end_user_concurrency'),
  endUserDailyBudgetNanoUsd: bigint('end_user_daily_budget_nano_usd', { mode: 'bigint' }),
  endUserMonthlyBudgetNanoUsd: bigint('end_user_monthly_budget_nano_usd', { mode: 'bigint' }),
  /** Rejects requests that name no end user. */
  requireEndUser: boolean('require_end_user').notNull().default(false),
});
