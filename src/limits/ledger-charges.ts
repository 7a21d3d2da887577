import type { CountedEndUser, LimitRule } from '../domain/limits.ts';
import { monthOf } from './counter-keys.ts';

/** What a budget is charged with in the ledger. */
export interface ChargeQuery {
  readonly rule: LimitRule;
  readonly tenantId: string;
  /** The requests that started from here on. The start of an hour, because whole hours are read from the hourly sums. */
  readonly from: Date;
  /** Exclusive. */
  readonly before: Date;
  /** Requests whose rows are looked for in the same statement, so that the sum includes exactly those that it finds. */
  readonly requestIds: readonly string[];
}

/**
 * Reads what the ledger has charged. It is behind by what is still in the queue, so it is not used to admit requests: only to create
 * or restore the counters of budgets. All methods reject if Postgres does not answer.
 */
export interface LedgerCharges {
  readonly sumCharges: (
    query: ChargeQuery,
  ) => Promise<{ readonly chargedNanoUsd: bigint; readonly storedIds: readonly string[] }>;
  /** Returns whether the owner of an end user's budget was charged for any request of a period, and for one with an end user. */
  readonly findEndUserCharges: (
    query: Pick<ChargeQuery, 'tenantId' | 'from' | 'before'> & { readonly endUser: CountedEndUser },
  ) => Promise<{ readonly hasAny: boolean; readonly hasEndUser: boolean }>;
  /** Returns the ids of the requests that have rows. */
  readonly findStored: (requestIds: readonly string[]) => Promise<readonly string[]>;
}

/** Returns the part of the period of a budget before a cut, in seconds. `day` is a day of the period. */
export function periodBefore(
  { kind }: Pick<LimitRule, 'kind'>,
  day: string,
  cutSecond: number,
): { readonly from: Date; readonly before: Date } {
  const from = new Date(kind === 'daily_budget' ? day : `${monthOf(day)}-01`);
  const end = new Date(from);
  if (kind === 'daily_budget') end.setUTCDate(end.getUTCDate() + 1);
  else end.setUTCMonth(end.getUTCMonth() + 1);
  return { from, before: new Date(Math.min(cutSecond * 1000, end.getTime())) };
}
