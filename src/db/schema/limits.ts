import { bigint, integer } from 'drizzle-orm/pg-core';

/** The columns of `Limits` (domain/limits.ts), shared by tenants and keys. Null: not limited. */
export const limitColumns = () => ({
  requestsPerMinute: integer('requests_per_minute'),
  tokensPerMinute: integer('tokens_per_minute'),
  concurrency: integer('concurrency'),
  dailyBudgetNanoUsd: bigint('daily_budget_nano_usd', { mode: 'bigint' }),
  monthlyBudgetNanoUsd: bigint('monthly_budget_nano_usd', { mode: 'bigint' }),
});
