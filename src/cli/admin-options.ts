import { parseArgs } from 'node:util';
import { StartError } from '../dev/start-error.ts';

const stringOption = { type: 'string' } as const;
const options = {
  rpm: stringOption,
  tpm: stringOption,
  concurrency: stringOption,
  'daily-budget': stringOption,
  'monthly-budget': stringOption,
  'end-user-rpm': stringOption,
  'end-user-tpm': stringOption,
  'end-user-concurrency': stringOption,
  'end-user-daily-budget': stringOption,
  'end-user-monthly-budget': stringOption,
  'require-end-user': { type: 'boolean' },
  name: stringOption,
  scopes: stringOption,
  providers: stringOption,
  models: stringOption,
  model: stringOption,
  'expires-in': stringOption,
  overlap: stringOption,
  tenant: stringOption,
  admin: { type: 'boolean' },
  strict: { type: 'boolean' },
  'store-responses': { type: 'boolean' },
  off: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  out: stringOption,
  drop: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** The options of a command, as text. */
export type AdminOptions = ReturnType<typeof parseCommand>['values'];

/** Parses a command line. Throws a StartError for an unknown option. */
export function parseCommand(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}

/**
 * Parses the number of an option; undefined without the option. Throws a StartError for a text that is not a number.
 */
export function parseNumber(
  values: AdminOptions,
  name: 'expires-in' | 'overlap' | LimitOption | `end-user-${LimitOption}`,
) {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new StartError(`--${name} must be a number.`);
}

const limitOptions = {
  rpm: 'requestsPerMinute',
  tpm: 'tokensPerMinute',
  concurrency: 'concurrency',
  'daily-budget': 'dailyBudget',
  'monthly-budget': 'monthlyBudget',
} as const;

type LimitOption = keyof typeof limitOptions;

/** Parses the limits that the options set, or those that each end user has. */
export function parseLimits(values: AdminOptions, prefix: '' | 'end-user-' = ''): Record<string, number | undefined> {
  const names = Object.keys(limitOptions) as LimitOption[];
  return Object.fromEntries(names.map((name) => [limitOptions[name], parseNumber(values, `${prefix}${name}`)]));
}

/** Parses the options about end users. */
export function parseEndUserFields(values: AdminOptions) {
  return { endUserLimits: parseLimits(values, 'end-user-'), requireEndUser: values['require-end-user'] };
}

/** Parses an option with several names, separated by commas; undefined without the option. */
export function parseList(value: string | undefined): string[] | undefined {
  return value?.split(',').map((name) => name.trim());
}
