import type { FormProblems } from './form-problems.ts';

export const limitNames = [
  'requestsPerMinute',
  'tokensPerMinute',
  'concurrency',
  'dailyBudget',
  'monthlyBudget',
] as const;

export type LimitName = (typeof limitNames)[number];

/** Limits as GraphQL has them. Null: not limited. */
export type LimitValues = Readonly<Record<LimitName, number | null>>;

/** Limits as they are typed. The empty text: not limited. */
export type LimitDraft = Readonly<Record<LimitName, string>>;

export const emptyLimits: LimitDraft = {
  requestsPerMinute: '',
  tokensPerMinute: '',
  concurrency: '',
  dailyBudget: '',
  monthlyBudget: '',
};

const maxCount = 2_147_483_647;
const maxDollars = 9_000_000;

/** Returns whether a limit is an amount of dollars. */
export function isBudget(name: LimitName): boolean {
  return name === 'dailyBudget' || name === 'monthlyBudget';
}

/** Returns limits as a visitor would type them. */
export function toLimitDraft(values: LimitValues): LimitDraft {
  return mapLimits((name) => formatNumber(values[name]));
}

/**
 * Parses typed limits. The digits are those of the API in every language: a comma is an error, for it separates thousands for some
 * visitors and cents for others. `path` is the field that has the limits.
 */
export function parseLimits(
  draft: LimitDraft,
  path: string,
): { readonly values: LimitValues; readonly problems: FormProblems } {
  const problems: Record<string, string> = {};
  const values = mapLimits((name) => {
    const text = draft[name].trim();
    if (text === '') return null;
    const value = isBudget(name) ? parseDollars(text) : parseCount(text);
    if (value === undefined) problems[`${path}.${name}`] = isBudget(name) ? dollarsProblem : countProblem;
    return value ?? null;
  });
  return { values, problems };
}

const countProblem = `Write a whole number from 1 to ${maxCount} in digits only, such as 1000, or nothing for no limit.`;
const dollarsProblem = `Write dollars from 0 to ${maxDollars} in digits with a point, such as 1250.50, or nothing for no limit.`;

function parseCount(text: string): number | undefined {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= maxCount ? count : undefined;
}

function parseDollars(text: string): number | undefined {
  if (!/^\d{1,7}(?:\.\d{1,9})?$/.test(text)) return undefined;
  const dollars = Number(text);
  return dollars <= maxDollars ? dollars : undefined;
}

/** Formats a number without an exponent: 1e-7 is `0.0000001`. */
function formatNumber(value: number | null): string {
  if (value === null) return '';
  const text = String(value);
  return text.includes('e') ? value.toFixed(9).replace(/0+$/, '') : text;
}

function mapLimits<Value>(map: (name: LimitName) => Value): Readonly<Record<LimitName, Value>> {
  return Object.fromEntries(limitNames.map((name) => [name, map(name)])) as Record<LimitName, Value>;
}
