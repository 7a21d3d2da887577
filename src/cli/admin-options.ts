import { parseArgs } from 'node:util';
import { StartError } from '../dev/start-error.ts';

const text = { type: 'string' } as const;
const options = {
  rpm: text,
  tpm: text,
  concurrency: text,
  'daily-budget': text,
  'monthly-budget': text,
  name: text,
  scopes: text,
  providers: text,
  models: text,
  'expires-in': text,
  overlap: text,
  admin: { type: 'boolean' },
} as const;

/** The options of a command, as they were typed. */
export type AdminOptions = ReturnType<typeof parseCommand>['values'];

/** Reads a command line. Throws a StartError for an option that there is not. */
export function parseCommand(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}

/** The number of an option; undefined where it was left out. Throws a StartError for a text that is none. */
export function readNumber(values: AdminOptions, name: 'expires-in' | 'overlap' | keyof typeof limitOptions) {
  const said = values[name];
  if (said === undefined) return undefined;
  const number = Number(said);
  if (said.trim() !== '' && Number.isFinite(number)) return number;
  throw new StartError(`--${name} must be a number.`);
}

const limitOptions = {
  rpm: 'requestsPerMinute',
  tpm: 'tokensPerMinute',
  concurrency: 'concurrency',
  'daily-budget': 'dailyBudget',
  'monthly-budget': 'monthlyBudget',
} as const;

/** The limits that the options set. */
export function readLimits(values: AdminOptions): Record<string, number | undefined> {
  const names = Object.keys(limitOptions) as (keyof typeof limitOptions)[];
  return Object.fromEntries(names.map((name) => [limitOptions[name], readNumber(values, name)]));
}

/** The names of an option that takes several, separated by commas; undefined where it was left out. */
export function readList(value: string | undefined): string[] | undefined {
  return value?.split(',').map((name) => name.trim());
}
