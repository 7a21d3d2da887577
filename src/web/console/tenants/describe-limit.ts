import { formatCount, formatDollars } from '../ui/format.ts';
import { isBudget, type LimitName, type LimitValues, limitNames } from './limit-draft.ts';

/** How much of a limit is used. */
export interface LimitUse {
  /** 0 to 1; null where it is not known. */
  readonly share: number | null;
  readonly text: string;
}

export const limitTitles: Readonly<Record<LimitName, string>> = {
  requestsPerMinute: 'Requests a minute',
  tokensPerMinute: 'Tokens a minute',
  concurrency: 'Requests at once',
  dailyBudget: 'Budget a day',
  monthlyBudget: 'Budget a month',
};

/** Describes how much of a limit is used, by what is left of it: null where the gateway does not know. */
export function describeLimit(name: LimitName, limit: number, remaining: number | null): LimitUse {
  const format = getFormat(name);
  if (remaining === null) return { share: null, text: `${format(limit)}; what is left is not known` };
  const used = Math.min(Math.max(limit - remaining, 0), limit);
  return {
    share: limit === 0 ? 1 : used / limit,
    text: `${format(used)} of ${format(limit)} used, ${format(remaining)} left`,
  };
}

/** Lists limits in one line. */
export function describeLimits(values: LimitValues): string {
  const parts = limitNames.flatMap((name) => {
    const limit = values[name];
    return limit === null ? [] : `${limitTitles[name]}: ${getFormat(name)(limit)}`;
  });
  return parts.length === 0 ? 'none' : parts.join(' · ');
}

function getFormat(name: LimitName): (value: number) => string {
  return isBudget(name) ? formatDollars : formatCount;
}
