import { bigint, integer } from 'drizzle-orm/pg-core';

/** The columns of `Limits` (core/limits.ts), for whatever can be limited. Null: not limited. */
export const limitColumns = () => ({
  requestsPerMinute: integer('requests_per_minute'),
  tokensPerMinute: integer('tokens_per_minute'),
  concurrency: integer('concurrency'),
  dailyBudgetNanoUsd: bigint('daily_budget_nano_usd', { mode: 'bigint' }),
  monthlyBudgetNanoUsd: bigint('monthly_budget_nano_usd', { mode: 'bigint' }),
});
