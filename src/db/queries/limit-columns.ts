import type { Limits } from '../../domain/limits.ts';

/** The columns of the limits of each end user. An undefined one stays as it is. */
export interface EndUserLimitColumns {
  readonly endUserRequestsPerMinute?: number | null | undefined;
  readonly endUserTokensPerMinute?: number | null | undefined;
  readonly endUserConcurrency?: number | null | undefined;
  readonly endUserDailyBudgetNanoUsd?: bigint | null | undefined;
  readonly endUserMonthlyBudgetNanoUsd?: bigint | null | undefined;
}

/** Returns the columns of the limits of each end user. */
export function toEndUserColumns(limits: Limits = {}): EndUserLimitColumns {
  return {
    endUserRequestsPerMinute: limits.requestsPerMinute,
    endUserTokensPerMinute: limits.tokensPerMinute,
    endUserConcurrency: limits.concurrency,
    endUserDailyBudgetNanoUsd: limits.dailyBudgetNanoUsd,
    endUserMonthlyBudgetNanoUsd: limits.monthlyBudgetNanoUsd,
  };
}

/** Takes the limits out of a row of a key or a tenant. */
export function splitLimits<Row extends Required<Limits> & Required<EndUserLimitColumns>>(row: Row) {
  const { requestsPerMinute, tokensPerMinute, concurrency, dailyBudgetNanoUsd, monthlyBudgetNanoUsd, ...others } = row;
  const {
    endUserRequestsPerMinute,
    endUserTokensPerMinute,
    endUserConcurrency,
    endUserDailyBudgetNanoUsd,
    endUserMonthlyBudgetNanoUsd,
    ...columns
  } = others;
  const limits: Limits = {
    requestsPerMinute,
    tokensPerMinute,
    concurrency,
    dailyBudgetNanoUsd,
    monthlyBudgetNanoUsd,
  };
  const endUserLimits: Limits = {
    requestsPerMinute: endUserRequestsPerMinute,
    tokensPerMinute: endUserTokensPerMinute,
    concurrency: endUserConcurrency,
    dailyBudgetNanoUsd: endUserDailyBudgetNanoUsd,
    monthlyBudgetNanoUsd: endUserMonthlyBudgetNanoUsd,
  };
  return { columns, limits, endUserLimits };
}
