import type { EndUserSumFragment } from './tenants.generated.ts';

/** The number of end users that are asked for. Of the others nothing is known. */
export const maxEndUsers = 500;

/** The share of a budget from which on an end user counts as near to it. */
export const nearShare = 0.8;

interface EndUserSums {
  readonly thisMonth: readonly EndUserSumFragment[];
  readonly today: readonly EndUserSumFragment[];
}

interface EndUserBudgets {
  readonly dailyBudget: number | null;
  readonly monthlyBudget: number | null;
}

/** An end user with its usage; null where it is not among the costliest of the period. */
export interface EndUserRow {
  readonly endUser: string;
  readonly requests: number | null;
  readonly refused: number | null;
  readonly costThisMonth: number | null;
  readonly costToday: number | null;
  /** The shares of the tenant's budgets of each end user; null without such a budget. */
  readonly dayShare: number | null;
  readonly monthShare: number | null;
  readonly isNearLimit: boolean;
}

/** Lists the end users that have cost most this month, and those that are near a budget of each end user. */
export function listEndUsers(sums: EndUserSums, budgets: EndUserBudgets, maxRows: number): EndUserRow[] {
  const months = toMap(sums.thisMonth);
  const days = toMap(sums.today);
  const rows = [...new Set([...months.keys(), ...days.keys()])].map((endUser): EndUserRow => {
    const [month, day] = [months.get(endUser), days.get(endUser)];
    const costToday = day?.cost ?? (sums.today.length < maxEndUsers ? 0 : null);
    const dayShare = getShare(costToday, budgets.dailyBudget);
    const monthShare = getShare(month?.cost ?? null, budgets.monthlyBudget);
    return {
      ...{ endUser, costToday, dayShare, monthShare },
      requests: month?.requests ?? null,
      refused: month?.refused ?? null,
      costThisMonth: month?.cost ?? null,
      isNearLimit: Math.max(dayShare ?? 0, monthShare ?? 0) >= nearShare,
    };
  });
  const sorted = rows.toSorted((left, right) => (right.costThisMonth ?? 0) - (left.costThisMonth ?? 0));
  return sorted.filter(({ isNearLimit }, index) => index < maxRows || isNearLimit);
}

/** Returns whether the name of a sum is an end user, and not that of requests without one, of many, or of erased ones. */
export function isEndUser(name: string): boolean {
  return !['(none)', '(other)', '(erased)'].includes(name);
}

function toMap(sums: readonly EndUserSumFragment[]): Map<string, EndUserSumFragment> {
  return new Map(sums.flatMap((sum) => (sum.endUser === null ? [] : [[sum.endUser, sum]])));
}

function getShare(cost: number | null, budget: number | null): number | null {
  if (budget === null || cost === null) return null;
  return budget === 0 ? 1 : cost / budget;
}
